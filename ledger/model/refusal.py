"""When too little is known for any model."""

from ledger.errors import NotFoundError
from ledger.model.columns import ENOUGH
from ledger.model.columns import Runs

MIN_CONFIGURATIONS = ENOUGH
"""Distinct configurations below which no model is better than a guess."""

MORE_RUNS = "Contribute runs of it with other input sizes or scale-outs."


class TooFewRecordsError(NotFoundError):
    """Too few comparable runs are known to predict from."""


def enough(runs: Runs, condition: str, hint: str) -> None:
    """Refuse to go on with fewer than `MIN_CONFIGURATIONS`.

    Raises:
        TooFewRecordsError: there are fewer.
    """
    count = runs.configurations
    if count < MIN_CONFIGURATIONS:
        raise too_few(count, condition, hint)


def too_few(count: int, condition: str, hint: str) -> TooFewRecordsError:
    """The refusal, naming the condition that so many configurations meet."""
    return TooFewRecordsError(
        f"too few records to predict from: {count or 'no'} distinct configurations {condition}, "
        f"{MIN_CONFIGURATIONS} are needed",
        hint=hint,
    )
