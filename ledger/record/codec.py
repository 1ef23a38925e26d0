"""The canonical bytes of a record, and its name."""

from typing import Any

from pydantic import ValidationError

from ledger.record import cid
from ledger.record import dagcbor
from ledger.record.schema import Record

MAX_RECORD_BYTES = 256 * 1024
"""Four records of the largest size still fit into one IPFS block."""


class InvalidRecordError(dagcbor.MalformedBlockError):
    """A value does not fit the record schema.

    Attributes:
        problems: (field path, what is wrong with it), one entry per fault.
    """

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__(
            "; ".join(f"{field}: {reason}" if field else reason for field, reason in problems),
            hint="`perfledger schema` prints the schema of a record.",
        )

    @classmethod
    def of(cls, error: ValidationError) -> "InvalidRecordError":
        """The same faults in the ledger's words."""
        return cls(
            [
                (".".join(map(str, detail["loc"])), _reason(detail["type"], detail["msg"]))
                for detail in error.errors(include_url=False, include_context=False)
            ]
        )


def _reason(kind: str, message: str) -> str:
    return "unknown field" if kind == "extra_forbidden" else message.removeprefix("Value error, ")


def from_python(value: Any) -> Record:
    """A record of plain values (as read from JSON).

    Raises:
        InvalidRecordError: naming every field that is wrong or unknown.
    """
    try:
        return Record.model_validate(value)
    except ValidationError as error:
        raise InvalidRecordError.of(error) from error


def from_json(text: str | bytes) -> Record:
    """A record of JSON text.

    Raises:
        InvalidRecordError: not JSON, or naming every field that is wrong or unknown.
    """
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        raise InvalidRecordError.of(error) from error


def encode(record: Record) -> bytes:
    """The canonical DAG-CBOR of a record.

    Raises:
        MalformedBlockError: more than `MAX_RECORD_BYTES`, or text that is not Unicode.
    """
    block = dagcbor.encode(record.model_dump(mode="json"))
    if len(block) > MAX_RECORD_BYTES:
        raise dagcbor.MalformedBlockError(
            f"the record has {len(block):,} bytes; at most {MAX_RECORD_BYTES:,} are allowed",
            hint="Shorten its configuration or its stages.",
        )
    return block


def decode(block: bytes) -> Record:
    """The record of canonical bytes.

    Raises:
        NonCanonicalError: not the bytes that `encode` writes for this record.
        MalformedBlockError: too large, not DAG-CBOR, or not a record.
    """
    record = from_python(dagcbor.decode(block, max_bytes=MAX_RECORD_BYTES))
    if encode(record) != block:
        raise dagcbor.NonCanonicalError("the bytes are not the canonical form of their record")
    return record


def cid_of(record: Record) -> str:
    """The name of a record: the CID of its canonical bytes."""
    return cid.cid_of(encode(record))
