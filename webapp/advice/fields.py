"""The fields in which the page of predictions is told of a run: what runs of the job state."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.model.columns import Runs
from ledger.model.columns import is_number
from webapp.advice.state import MOST_PROPERTIES
from webapp.advice.state import PATHS
from webapp.advice.state import field_of
from webapp.advice.state import written

MOST_VALUES = 40
"""Known values of a property that its field offers."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a property of the input.

    Attributes:
        name: of the form's field.
        label: how it is called.
        is_parameter: whether it is one of the job.
        is_number: whether all its known values are numbers.
        values: those that are known.
    """

    name: str
    label: str
    is_parameter: bool
    is_number: bool
    values: Sequence[str]


def fields_of(runs: Runs) -> list[Field]:
    """The properties that runs state, those that differ first."""
    found = []
    ranked = sorted(runs.properties.items(), key=lambda item: (item[1].different == 1, item[0]))
    for path, column in ranked[:MOST_PROPERTIES]:
        known = column.known()
        numbers = all(is_number(each) for each in known)
        values = sorted(known, key=lambda each: (float(each) if numbers else 0.0, str(each)))
        prefix = next(each for each, beginning in PATHS.items() if path.startswith(beginning))
        found.append(
            Field(
                name=field_of(path),
                label=path.removeprefix(PATHS[prefix]),
                is_parameter=PATHS[prefix] == "job.parameters.",
                is_number=numbers,
                values=[written(each) for each in values[:MOST_VALUES]],
            )
        )
    return found
