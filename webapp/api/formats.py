"""Values of parameters as text, each with the JSON Schema that says what is taken.

Parameters are strict, unlike the fields of a page's form: a program that sends ``nodes=4.0`` or an
empty value has made a mistake, and is told.
"""

import re
from collections.abc import Callable
from datetime import UTC
from datetime import date
from datetime import datetime
from typing import Annotated
from typing import Any

from pydantic import BeforeValidator
from pydantic import StringConstraints
from pydantic import WithJsonSchema

from ledger.capture.quantities import base_units
from ledger.capture.units import UNITS
from ledger.capture.units import Dimension
from ledger.errors import InvalidInputError
from ledger.record.eip712 import address_of
from ledger.record.schema import MAX_SAFE_INTEGER

_WHOLE = r"^(0|[1-9][0-9]{0,15})$"
_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
)
ADDRESS = r"^0x[0-9a-fA-F]{40}$"
HASH = r"^0x[0-9a-f]{64}$"
BATCH = HASH
CID = r"^bafyrei[a-h][a-z2-7]{50}[aeimquy4]$"
PRINTABLE = r"^[!-~]+$"
MOST_HEADER = 200
CID_OR_PREFIX = r"^bafyrei[a-h][a-z2-7]{3,51}$"


def _quantity_pattern(dimension: Dimension) -> str:
    units = "|".join(name for name, (what, _) in UNITS.items() if what is dimension)
    return rf"^[0-9]{{1,16}}(\.[0-9]{{1,40}})?( ?({units}))?$"


def _matching(pattern: str, parse: Callable[[str], Any], expected: str) -> BeforeValidator:
    matches = re.compile(pattern).match

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value  # a default
        if not matches(value) or value.endswith("\n"):
            raise ValueError(f"expected {expected}")
        try:
            return parse(value)
        except InvalidInputError as error:
            raise ValueError(error.diagnostics()) from error

    return BeforeValidator(check)


def _whole(text: str) -> int:
    if int(text) > MAX_SAFE_INTEGER:
        raise ValueError(f"the greatest is {MAX_SAFE_INTEGER}")
    return int(text)


def _bytes(text: str) -> int:
    return min(int(base_units(text, Dimension.BYTES)), MAX_SAFE_INTEGER)


def _seconds(text: str) -> float:
    return float(base_units(text, Dimension.SECONDS))


def _moment(text: str) -> datetime:
    try:
        if "T" not in text.upper():
            found = date.fromisoformat(text)
            return datetime(found.year, found.month, found.day, tzinfo=UTC)
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a moment of the calendar in UTC") from error


Whole = Annotated[
    int,
    _matching(_WHOLE, _whole, "a whole number"),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_SAFE_INTEGER}),
]
Bytes = Annotated[
    int,
    _matching(_quantity_pattern(Dimension.BYTES), _bytes, "bytes, or a size such as '10 GB'"),
    WithJsonSchema({"type": "string", "pattern": _quantity_pattern(Dimension.BYTES)}),
]
Duration = Annotated[
    float,
    _matching(_quantity_pattern(Dimension.SECONDS), _seconds, "seconds, or a time such as '5 min'"),
    WithJsonSchema({"type": "string", "pattern": _quantity_pattern(Dimension.SECONDS)}),
]
Moment = Annotated[
    datetime,
    _matching(_MOMENT, _moment, "a date or a moment with its offset (RFC 3339)"),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
AddressText = Annotated[
    str,
    _matching(ADDRESS, address_of, "an address: 0x and 40 hex digits, with its EIP-55 checksum"),
    WithJsonSchema({"type": "string", "pattern": ADDRESS, "format": "eip55-address"}),
]
BatchText = Annotated[
    str,
    _matching(BATCH, str, "a batch id: 0x and 64 hex digits"),
    WithJsonSchema({"type": "string", "pattern": BATCH}),
]
TransactionText = Annotated[
    str,
    _matching(HASH, str, "the hash of a transaction: 0x and 64 hex digits"),
    WithJsonSchema({"type": "string", "pattern": HASH}),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
PriceText = Annotated[str, StringConstraints(pattern=r"^.{1,256}:[0-9]{1,6}(\.[0-9]{1,6})?$")]
"""Of a machine type."""
