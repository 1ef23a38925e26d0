"""The proof file: one JSON object, bounded before it is parsed and checked while it is.

``docs/proof-format.md`` describes it field by field.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated
from typing import Any
from typing import Literal

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import PlainSerializer
from pydantic import PlainValidator
from pydantic import ValidationError

from ledger.anchor.merkle import MAX_PROOF_NODES
from ledger.chain.headers import MAX_HEADER_BYTES
from ledger.chain.trie import MAX_NODES
from ledger.errors import InvalidInputError
from ledger.record import cid
from ledger.record.codec import MAX_RECORD_BYTES
from ledger.record.eip712 import address_of
from ledger.record.schema import MAX_ENTRIES

MAX_FILE_BYTES = 16 << 20
"""A mainnet block's largest receipts reach some megabytes, twice that in hexadecimal."""

MAX_DEPTH = 8
"""The format needs six."""

MAX_CONTAINERS = 8_192
"""256 verdicts with three slots each need about 3,000."""

MAX_HEADERS = 2_048
MAX_VERDICTS = 256
MAX_SLOTS = 2 * MAX_VERDICTS + 16
MAX_NODE_BYTES = 4 << 20
MAX_VALUE_BYTES = 1 << 15

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
_BRACKETS = re.compile(rb"[\[\]{}]")
_UINT32 = 0xFFFFFFFF
_UINT64 = (1 << 64) - 1


class MalformedProofError(InvalidInputError):
    """A file is not a proof of a version that is understood here."""


def _parser(length: int | None, most: int) -> Callable[[object], bytes]:
    def parse(value: object) -> bytes:
        if isinstance(value, bytes):
            raw = value
        elif isinstance(value, str) and len(value) <= 2 + 2 * most and _HEX.fullmatch(value):
            raw = bytes.fromhex(value[2:])
        else:
            msg = "expected 0x and lower-case hex digits"
            raise ValueError(msg)
        if len(raw) > most or (length is not None and len(raw) != length):
            msg = f"expected {length or f'at most {most}'} bytes, got {len(raw)}"
            raise ValueError(msg)
        return raw

    return parse


def _to_hex(value: bytes) -> str:
    return "0x" + value.hex()


def _hex(*, length: int | None = None, most: int = 0) -> Any:
    return (
        PlainValidator(_parser(length, length or most)),
        PlainSerializer(_to_hex, return_type=str),
    )


@lru_cache(maxsize=1024)  # checksums are slow, and files name the same few addresses
def _checksummed(text: str) -> str:
    try:
        address = address_of(text)
    except InvalidInputError as error:
        raise ValueError(error.message) from error
    if address != text:
        msg = "expected an EIP-55 address"
        raise ValueError(msg)
    return text


def _record_cid(text: str) -> str:
    try:
        cid.from_text(text)
    except InvalidInputError as error:
        raise ValueError(error.message) from error
    return text


_hash = _hex(length=32)
_signature = _hex(length=65)
_record = _hex(most=MAX_RECORD_BYTES)
_value = _hex(most=MAX_VALUE_BYTES)
_header = _hex(most=MAX_HEADER_BYTES)
_node = _hex(most=MAX_NODE_BYTES)

Hash = Annotated[bytes, *_hash]
Signature = Annotated[bytes, *_signature]
RecordBytes = Annotated[bytes, *_record]
ValueBytes = Annotated[bytes, *_value]
HeaderBytes = Annotated[bytes, *_header]
Nodes = Annotated[tuple[Annotated[bytes, *_node], ...], Field(max_length=MAX_NODES)]
Path = Annotated[tuple[Hash, ...], Field(max_length=MAX_PROOF_NODES)]
Address = Annotated[str, Field(max_length=42), AfterValidator(_checksummed)]
CID = Annotated[str, Field(max_length=cid.CID_TEXT_LENGTH), AfterValidator(_record_cid)]
Version = Annotated[int, Field(strict=True, ge=1, le=1)]
UInt16 = Annotated[int, Field(strict=True, ge=0, le=0xFFFF)]
UInt32 = Annotated[int, Field(strict=True, ge=0, le=_UINT32)]
Count = Annotated[int, Field(strict=True, ge=1, le=_UINT32)]
BlockNumber = Annotated[int, Field(strict=True, ge=0, le=_UINT64)]


class Part(BaseModel):
    """A part of the file: nothing unknown in it, and immutable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContractsPart(Part):
    """The contracts the proof was made for; a verifier compares them with those it trusts."""

    registry: Address
    validator_set: Address
    attestations: Address


class RecordPart(Part):
    """The record: its name and its canonical bytes."""

    cid: CID
    bytes: RecordBytes


class DisclosurePart(Part):
    """A value that the record is committed to, as canonical DAG-CBOR, and its path to the root."""

    field: Annotated[str, Field(min_length=1, max_length=512)]
    value: ValueBytes
    salt: Hash
    path: Path


class SubmissionPart(Part):
    """What the contributor signed, and the record's path to it."""

    contributor: Address
    root: Hash
    count: Count
    signature: Signature
    path: Path


class BatchPart(Part):
    """What was anchored, and the submission's path to it."""

    publisher: Address
    root: Hash
    count: Count
    manifest: CID
    path: Path


class EventPart(Part):
    """Where an event stands on chain, with the proof of its receipt under the receipts root."""

    block: BlockNumber
    receipt: UInt32
    log: UInt32
    nodes: Nodes


class VerdictPart(Part):
    """One validator's verdict: its signed statement, the verdict's path to it, and its event."""

    validator: Address
    sequence: Count
    root: Hash
    accepted: UInt32
    rejected: UInt32
    report: CID
    signature: Signature
    code: UInt16
    path: Path
    event: EventPart


class SlotPart(Part):
    """The proof of one storage slot (EIP-1186)."""

    slot: Hash
    nodes: Nodes


class AccountPart(Part):
    """The proof of one contract's account and of some of its storage (EIP-1186)."""

    address: Address
    nodes: Nodes
    slots: Annotated[tuple[SlotPart, ...], Field(max_length=MAX_SLOTS)]


class StatePart(Part):
    """What the contracts held after a block; ``quorum_index`` says which quorum holds."""

    block: BlockNumber
    quorum_index: UInt32
    accounts: Annotated[tuple[AccountPart, ...], Field(max_length=3)]


class Proof(Part):
    """One record's proof: everything a verifier needs beside the hash of a block it trusts."""

    format: Literal["perfledger-proof"] = "perfledger-proof"
    version: Version = 1
    chain_id: BlockNumber
    contracts: ContractsPart
    record: RecordPart
    disclosures: (
        Annotated[tuple[DisclosurePart, ...], Field(min_length=1, max_length=MAX_ENTRIES)] | None
    ) = None
    submission: SubmissionPart
    batch: BatchPart
    anchor: EventPart | None = None
    verdicts: Annotated[tuple[VerdictPart, ...], Field(max_length=MAX_VERDICTS)] = ()
    state: StatePart | None = None
    headers: Annotated[tuple[HeaderBytes, ...], Field(max_length=MAX_HEADERS)] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What the proof lacks to be complete; empty where it lacks nothing."""
        parts = (
            ("anchor", self.anchor is None),
            ("verdicts", not self.verdicts),
            ("state", self.state is None),
        )
        return tuple(name for name, absent in parts if absent)

    def to_json(self) -> str:
        """The file."""
        return self.model_dump_json(exclude_none=True) + "\n"


def parse_proof(data: bytes | str) -> Proof:
    """The proof in a file, whoever it comes from.

    Raises:
        MalformedProofError: too large, too deep, not JSON, or not a proof; names the first fault.
    """
    raw = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_FILE_BYTES:
        raise MalformedProofError(
            f"the file has {len(raw):,} bytes; a proof has at most {MAX_FILE_BYTES:,}"
        )
    _require_shallow(raw)
    try:
        # Not json's own guess, which takes UTF-16 and UTF-32 too: RFC 8259 (8.1) knows UTF-8 alone.
        text = raw.decode("utf-8-sig")
        return Proof.model_validate(json.loads(text, object_pairs_hook=_unique))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise MalformedProofError(
            f"the proof is malformed: {where}: {first['msg']}",
            hint="Ask for the proof again; it may be of a newer version.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise MalformedProofError(
            f"the file is not JSON: {error}", hint="Was it cut off, or saved as a web page?"
        ) from error


def _require_shallow(raw: bytes) -> None:
    # Brackets inside of texts count too, as no text of the format has any.
    if raw.count(b"[") + raw.count(b"{") > MAX_CONTAINERS:
        raise MalformedProofError(f"the file has more than {MAX_CONTAINERS:,} lists and objects")
    depth = 0
    for bracket in _BRACKETS.finditer(raw):
        if bracket[0] in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedProofError(f"the file is nested more than {MAX_DEPTH} deep")
        else:
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers differ in which of two equal keys they take, and so in what they would verify.
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key occurs twice in one object"
        raise ValueError(msg)
    return found
