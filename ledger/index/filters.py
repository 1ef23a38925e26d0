"""Which records a list, a chart or an export is about."""

from collections.abc import Mapping
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from typing import Annotated
from typing import Any

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import BeforeValidator
from pydantic import ConfigDict
from pydantic import Field
from pydantic import StringConstraints
from pydantic import ValidationError

from ledger.errors import InvalidInputError
from ledger.index.views import LedgerStatus
from ledger.record.eip712 import address_of
from ledger.record.schema import MAX_SAFE_INTEGER
from ledger.record.schema import Status

MAX_VALUES = 100
"""Values of one field; a query holds them all."""

MAX_QUERY_CHARACTERS = 200


class InvalidFilterError(InvalidInputError):
    """A filter has an unknown field or a value that does not fit it."""


def _as_utc(moment: datetime) -> datetime:
    """A moment without a zone is meant in UTC, as every moment of the ledger."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:  # the first or last hours of the calendar, in another zone
        raise ValueError("not a moment of the calendar in UTC") from error


def _address(value: Any) -> Any:
    return address_of(value) if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Values = Annotated[tuple[Text, ...], Field(max_length=MAX_VALUES)]
Addresses = Annotated[
    tuple[Annotated[str, BeforeValidator(_address)], ...], Field(max_length=MAX_VALUES)
]
BatchIds = Annotated[
    tuple[
        Annotated[str, BeforeValidator(_lower), StringConstraints(pattern=r"^0x[0-9a-f]{64}$")], ...
    ],
    Field(max_length=MAX_VALUES),
]
Count = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Moment = Annotated[datetime, AfterValidator(_as_utc)]


class Filter(BaseModel):
    """Records that satisfy every field given; within a field, any of its values.

    Bounds include their ends. ``q`` is words, each of which has to occur in the job, framework,
    algorithm, machine type, parameters or configuration; or the beginning of a CID; or an address.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: Values = Field((), description="Job names.")
    framework: Values = Field((), description="Frameworks, e.g. 'spark'.")
    algorithm: Values = Field((), description="Algorithms.")
    machine_type: Values = Field((), description="Machine types, e.g. 'm4.2xlarge'.")
    provider: Values = Field((), description="Who runs the machines, e.g. 'aws'.")
    nodes: Annotated[tuple[Count, ...], Field(max_length=MAX_VALUES)] = Field(
        (), description="Numbers of nodes (scale-outs)."
    )
    outcome: Annotated[tuple[Status, ...], Field(max_length=MAX_VALUES)] = Field(
        (), description="How the execution ended."
    )
    status: Annotated[tuple[LedgerStatus, ...], Field(max_length=MAX_VALUES)] = Field(
        (), description="Where the record stands on the ledger."
    )
    contributor: Addresses = Field((), description="Addresses of contributors.")
    validator: Addresses = Field(
        (), description="Addresses of validators, any of whom attested the record's batch."
    )
    batch: BatchIds = Field((), description="Batch ids, 0x and 64 hex digits.")
    input_bytes_min: Count | None = Field(None, description="Least size of the input, in bytes.")
    input_bytes_max: Count | None = Field(None, description="Largest size of the input, in bytes.")
    runtime_min: Seconds | None = Field(None, description="Shortest runtime, in seconds.")
    runtime_max: Seconds | None = Field(None, description="Longest runtime, in seconds.")
    started_from: Moment | None = Field(None, description="Earliest start (RFC 3339).")
    started_to: Moment | None = Field(None, description="Latest start (RFC 3339).")
    q: Annotated[str, StringConstraints(max_length=MAX_QUERY_CHARACTERS)] = Field(
        "", description="Words to search for."
    )

    def without(self, field: str) -> "Filter":
        """The same filter with a field taken out."""
        return self.model_copy(update={field: type(self).model_fields[field].get_default()})

    @property
    def is_empty(self) -> bool:
        """Whether every record passes."""
        return self == Filter()


ALL = Filter()
"""The filter that every record passes."""


_LISTS = frozenset(
    name for name, field in Filter.model_fields.items() if field.get_default() == () and name != "q"
)


def parse(query: Mapping[str, Sequence[str]]) -> Filter:
    """A filter of query parameters, such as ``{"job": ["sort", "grep"], "runtime_min": ["10"]}``.

    Empty values, as forms send them, are left out; other parameters than a filter's are refused.

    Raises:
        InvalidFilterError: naming the first parameter that is wrong.
    """
    given: dict[str, Any] = {}
    for name, values in query.items():
        present = [value.strip() for value in values if value.strip()]
        if name in _LISTS:
            given[name] = present
        elif len(present) > 1:
            raise InvalidFilterError(f"{name} was given {len(present)} times")
        elif present:
            given[name] = present[0]
    return of(given)


def of(values: Mapping[str, Any]) -> Filter:
    """A filter of plain values.

    Raises:
        InvalidFilterError: naming the first field that is wrong or unknown.
    """
    try:
        return Filter.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidFilterError(
            f"the filter is wrong: {where}: {first['msg']}",
            hint=f"Filters are: {', '.join(Filter.model_fields)}.",
        ) from error
    except InvalidInputError as error:  # an address
        raise InvalidFilterError(error.message, hint=error.hint) from error
