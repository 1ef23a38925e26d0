"""What the page of predictions is asked: all of it is in the address."""

from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from ledger.capture.quantities import base_units
from ledger.capture.scalars import scalar_of
from ledger.capture.units import Dimension
from ledger.errors import InvalidInputError
from ledger.insight.cost import price_of
from ledger.insight.evidence import Only
from ledger.insight.others import MOST_TYPES as MOST_ELSEWHERE
from ledger.model.advice.conditions import CONFIDENCE
from ledger.model.advice.conditions import Conditions
from ledger.model.advice.usual import Usual
from ledger.model.advice.wishes import Wishes
from ledger.model.observation import Query
from ledger.record.schema import Scalar
from webapp.format import NARROW_SPACE
from webapp.format import size

PARAMETER = "p."
TRAIT = "t."
USD = "usd."
"""What parameters of the address begin with that name one of the job, of its input, a price."""

PATHS = {PARAMETER: "job.parameters.", TRAIT: "input.characteristics."}

CONFIDENCES = (0.5, 0.75, 0.8, 0.9, 0.95, 0.99)

MOST_PROPERTIES = 24

_ASKED = "input"


@dataclass(frozen=True, slots=True)
class Form:
    """What the fields of the page hold, as text.

    Attributes:
        job: the job.
        input: size of the input.
        properties: by the field's name, parameters and properties of the input.
        machines: machine types that may be chosen; none: all that the job ran on.
        elsewhere: those of them that only other jobs ran on.
        deadline: when a run has to be over.
        budget: what it may cost.
        confidence: how surely.
        only: which records count.
        contributor: who will run it; empty: all are alike.
        prices: US dollars for an hour of one node, by machine type.
    """

    job: str
    input: str
    properties: Mapping[str, str]
    machines: tuple[str, ...]
    elsewhere: tuple[str, ...]
    deadline: str
    budget: str
    confidence: str
    only: str
    contributor: str
    prices: Mapping[str, str]


def form_of(
    query: "MultiDict[str, str]",
    usual: Usual,
    types: Collection[str],
    contributors: Collection[str],
    others: Collection[str] = (),
) -> Form:
    """The fields as an address fills them; where it asks nothing, what is usual.

    Args:
        query: of the address.
        usual: what the job usually runs on.
        types: machine types that it ran on.
        contributors: addresses of those who ran it.
        others: machine types that only other jobs ran on; of these, as many can be chosen as one
            question may be about. Any other type cannot be.
    """

    def text(name: str) -> str:
        return query.get(name, "").strip()

    named = set(query.getlist("machine"))
    elsewhere = [name for name in sorted(others) if name in named][:MOST_ELSEWHERE]
    properties = {
        name: value.strip()
        for name, value in query.items()
        if name.startswith((PARAMETER, TRAIT)) and value.strip()
    }
    asked = _ASKED in query or bool(properties)
    if not asked:
        properties = {field_of(path): written(value) for path, value in usual.properties.items()}
    return Form(
        job=query.get("job", ""),
        input=text(_ASKED) if asked else _size(usual.size_bytes),
        properties=dict(list(properties.items())[:MOST_PROPERTIES]),
        machines=(*(name for name in sorted(types) if name in named), *elsewhere),
        elsewhere=tuple(elsewhere),
        deadline=text("deadline"),
        budget=text("budget"),
        confidence=text("confidence") or f"{CONFIDENCE:g}",
        only=text("only") or Only.ACCEPTED.value,
        contributor=next((each for each in contributors if each == text("contributor")), ""),
        prices={
            name.removeprefix(USD): value.strip()
            for name, value in query.items()
            if name.startswith(USD)
            and name.removeprefix(USD) in {*types, *elsewhere}
            and value.strip()
        },
    )


def query_of(form: Form) -> Query:
    """The run that the fields describe.

    Raises:
        InvalidInputError: the size is none.
    """
    return Query(
        job=form.job,
        nodes=1,
        size_bytes=int(base_units(form.input, Dimension.BYTES)) if form.input else None,
        parameters=_properties(form, PARAMETER),
        characteristics=_properties(form, TRAIT),
        contributor=form.contributor or None,
    )


def wishes_of(form: Form) -> Wishes:
    """What the run has to keep.

    Raises:
        InvalidInputError: a time, an amount, a confidence or a price is none.
    """
    deadline = float(base_units(form.deadline, Dimension.SECONDS)) if form.deadline else None
    conditions = Conditions(deadline, _amount(form.budget), _amount(form.confidence) or 0.0)
    prices = {name: price_of(text) for name, text in form.prices.items()}
    return Wishes(conditions, prices, form.machines)


def only_of(form: Form) -> Only:
    """Which records count.

    Raises:
        InvalidInputError: there is no such choice.
    """
    try:
        return Only(form.only)
    except ValueError as error:
        raise InvalidInputError(
            f"{form.only[:40]!r} are no records to learn from", hint="Choose accepted or any."
        ) from error


def field_of(path: str) -> str:
    """The name of a property's field."""
    for prefix, beginning in PATHS.items():
        if path.startswith(beginning):
            return prefix + path.removeprefix(beginning)
    return path


def written(value: Scalar) -> str:
    """A value as people write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _size(size_bytes: int | None) -> str:
    """A size as people write it, where that says it exactly."""
    if size_bytes is None:
        return ""
    text = size(size_bytes).replace(NARROW_SPACE, " ")
    try:
        is_exact = int(base_units(text, Dimension.BYTES)) == size_bytes
    except InvalidInputError:
        is_exact = False
    return text if is_exact else str(size_bytes)


def _properties(form: Form, prefix: str) -> dict[str, Scalar]:
    return {
        name.removeprefix(prefix): scalar_of(text)
        for name, text in form.properties.items()
        if name.startswith(prefix)
    }


def _amount(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise InvalidInputError(
            f"{text[:40]!r} is no number", hint="Write it as 0.9 or 12.50."
        ) from error
