"""Reading a batch out of a block store. The batch may be a stranger's: nothing in it is trusted."""

import re
from collections.abc import Sequence
from typing import Annotated
from typing import Any
from typing import Literal
from typing import TypeVar

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import PlainValidator
from pydantic import ValidationError

from ledger.anchor.batch import KIND
from ledger.anchor.batch import MAX_PROVIDER_LENGTH
from ledger.anchor.batch import MAX_PROVIDERS
from ledger.anchor.batch import RECORDS_PER_PAGE
from ledger.anchor.batch import VERSION
from ledger.anchor.batch import Batch
from ledger.anchor.submission import MAX_RECORDS
from ledger.anchor.submission import Submission
from ledger.errors import UnavailableError
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import InvalidCIDError
from ledger.record.cid import from_bytes
from ledger.record.eip712 import Domain
from ledger.record.eip712 import InvalidAddressError
from ledger.record.eip712 import address_of
from ledger.store.blocks import BlockStore

_MAX_LINKS = 16_384


class MalformedBatchError(dagcbor.MalformedBlockError):
    """The blocks under a manifest are not a batch, or not the batch that was anchored."""


def _hex_bytes(length: int) -> Any:
    pattern = re.compile(rf"0x[0-9a-f]{{{2 * length}}}")

    def parse(value: object) -> bytes:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            msg = f"expected 0x and {2 * length} lower-case hex digits"
            raise ValueError(msg)
        return bytes.fromhex(value[2:])

    return PlainValidator(parse)


def _link(value: object) -> Digest:
    if not isinstance(value, bytes):
        msg = "expected a link"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError, not TypeError
    try:
        return from_bytes(value)
    except InvalidCIDError as error:
        raise ValueError(error.message) from error


def _checksummed(value: str) -> str:
    msg = "expected an EIP-55 address"
    try:
        address = address_of(value)
    except InvalidAddressError as error:
        raise ValueError(msg) from error
    if address != value:
        raise ValueError(msg)
    return value


ProviderURL = Annotated[str, Field(max_length=MAX_PROVIDER_LENGTH)]
Providers = Annotated[list[ProviderURL], Field(min_length=1, max_length=MAX_PROVIDERS)]
Hash = Annotated[bytes, _hex_bytes(32)]
Signature = Annotated[bytes, _hex_bytes(65)]
Link = Annotated[Digest, PlainValidator(_link)]
Address = Annotated[str, AfterValidator(_checksummed)]
Count = Annotated[int, Field(strict=True, ge=1, le=MAX_RECORDS)]


class BlockModel(BaseModel):
    """The shape of a block: nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyBlock = TypeVar("AnyBlock", bound=BlockModel)


class _Manifest(BlockModel):
    kind: Literal["perfledger/batch"]
    version: Literal[1]
    chain: Annotated[int, Field(strict=True, ge=1)]
    registry: Address
    root: Hash
    count: Count
    submissions: Annotated[list[Link], Field(min_length=1, max_length=_MAX_LINKS)]
    providers: (
        Annotated[list[ProviderURL], Field(min_length=1, max_length=MAX_PROVIDERS)] | None
    ) = None


class _Entry(BlockModel):
    contributor: Address
    root: Hash
    count: Count
    signature: Signature
    pages: Annotated[list[Link], Field(min_length=1, max_length=_MAX_LINKS)]


class _Submissions(BlockModel):
    submissions: Annotated[list[_Entry], Field(min_length=1, max_length=_MAX_LINKS)]


class _Records(BlockModel):
    records: Annotated[list[Link], Field(min_length=1, max_length=RECORDS_PER_PAGE)]


assert KIND == "perfledger/batch"
assert VERSION == 1


def read_batch(store: BlockStore, manifest: Digest) -> Batch:
    """The batch under a manifest, its trees recomputed from the record digests.

    Signatures and record contents are not looked at here: a bad one concerns its submission or
    record alone, and validators say so.

    Raises:
        BlockNotFoundError: a block is not here (yet).
        MalformedBatchError: a block has another shape, or roots and counts do not fit together.
    """
    head = parse_block(_Manifest, store.get(manifest), "the manifest")
    submissions: list[Submission] = []
    seen: set[Digest] = set()
    for link in head.submissions:
        page = parse_block(_Submissions, store.get(link), "a page of submissions")
        for entry in page.submissions:
            submission = _read_submission(store, entry, room=head.count - len(seen))
            seen.update(submission.records)
            submissions.append(submission)
    batch = Batch(Domain(head.chain, head.registry), tuple(submissions))
    _require(len(seen) == head.count, "the manifest's count differs from its distinct records")
    _require(batch.root == head.root, "the submissions do not lead to the manifest's root")
    return batch


def hints_of(store: BlockStore, manifest: Digest) -> Sequence[str]:
    """Where a manifest says that its batch can be had; nothing where it is not here, or malformed.

    It is its publisher's word, and may lead anywhere.
    """
    try:
        head = parse_block(_Manifest, store.get(manifest), "the manifest")
    except (UnavailableError, MalformedBatchError):
        return ()
    return head.providers or ()


def _read_submission(store: BlockStore, entry: _Entry, *, room: int) -> Submission:
    _require(entry.count <= room, "the submissions hold more records than the manifest says")
    records: list[Digest] = []
    for link in entry.pages:
        records.extend(parse_block(_Records, store.get(link), "a page of records").records)
        _require(len(records) <= entry.count, "a submission holds more records than it says")
    _require(len(records) == entry.count, "a submission holds fewer records than it says")
    _require(len(set(records)) == len(records), "a submission holds a record twice")
    submission = Submission(entry.contributor, tuple(records), entry.signature)
    _require(submission.root == entry.root, "the records do not lead to their submission's root")
    return submission


def parse_block(
    model: type[AnyBlock],
    block: bytes,
    what: str,
    failure: type[dagcbor.MalformedBlockError] = MalformedBatchError,
) -> AnyBlock:
    """The content of a block of a known shape.

    Raises:
        MalformedBlockError: of the class ``failure``, naming ``what`` and the first fault.
    """
    try:
        return model.model_validate(dagcbor.decode(block))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise failure(f"{what} is malformed: {where}: {first['msg']}") from error
    except dagcbor.MalformedBlockError as error:
        raise failure(f"{what} is malformed: {error.message}") from error


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise MalformedBatchError(fault)
