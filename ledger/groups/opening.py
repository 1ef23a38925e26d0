"""Opening envelopes, and checking what is found in them down to the contributor's signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from functools import lru_cache
from typing import Annotated
from typing import Any
from typing import Literal
from typing import NamedTuple

import pyrage
from pydantic import Field
from pyrage.x25519 import Identity

from ledger.anchor.leaves import record_leaf
from ledger.anchor.manifest import Address
from ledger.anchor.manifest import BlockModel
from ledger.anchor.manifest import Hash
from ledger.anchor.manifest import Signature
from ledger.anchor.manifest import parse_block
from ledger.anchor.merkle import verify
from ledger.anchor.submission import MAX_RECORDS
from ledger.errors import InvalidInputError
from ledger.groups.padding import unpadded
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record import eip712
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.envelope import unwrap
from ledger.record.schema import Record

_MAX_PATH = 20
"""Steps up a tree of `MAX_RECORDS`."""

_SIGNATURES = 256
"""Whose signers are remembered."""


class NotForUsError(InvalidInputError):
    """An envelope is sealed for others."""

    def __init__(self) -> None:
        super().__init__(
            "the envelope is sealed for others, or damaged",
            hint="Only the identity of a member at the time opens it: `perfledger group identity`.",
        )


class BadContentError(dagcbor.MalformedBlockError):
    """An envelope was opened, and what is in it is not what should be."""


class _Sealed(BlockModel):
    kind: Literal["perfledger/sealed"]
    version: Literal[1]
    group: Hash
    contributor: Address
    bearer: Address
    root: Hash
    count: Annotated[int, Field(strict=True, ge=1, le=MAX_RECORDS)]
    path: Annotated[list[Hash], Field(max_length=_MAX_PATH)]
    signature: Signature
    record: dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """What was in an envelope; everything about it was checked but who handed it in.

    Attributes:
        group: id of the group, 0x-prefixed.
        contributor: EIP-55 address of who signed the record.
        bearer: EIP-55 address of who may hand the envelope in.
        block: canonical bytes of the record.
    """

    group: str
    contributor: str
    bearer: str
    block: bytes

    @cached_property
    def digest(self) -> Digest:
        """By which the record would be known."""
        return digest_of(self.block)

    @cached_property
    def record(self) -> Record:
        """The record."""
        return codec.decode(self.block)


def open_(block: bytes, identities: Sequence[Identity], domain: eip712.Domain) -> Opened:
    """What is in an envelope, checked down to the contributor's signature.

    Raises:
        NotForUsError: none of the identities opens it.
        BadContentError: one does, and it holds something else, or is not signed.
        MalformedBlockError: the block is no envelope.
    """
    ciphertext = unwrap(block)
    if not identities:
        raise NotForUsError
    try:
        content = pyrage.decrypt(ciphertext, identities)
    except pyrage.DecryptError as error:
        raise NotForUsError from error
    try:
        sealed = parse_block(_Sealed, unpadded(content), "what was sealed", BadContentError)
        block = dagcbor.encode(sealed.record)
        record = codec.decode(block)
    except (InvalidInputError, OverflowError) as error:
        raise BadContentError(f"what was sealed is no record: {error}") from error
    opened = Opened(_hex(sealed.group), sealed.contributor, sealed.bearer, block)
    opened.__dict__["record"] = record  # decoded once; cached_property keeps it here
    if not verify(sealed.root, record_leaf(opened.digest), sealed.path):
        raise BadContentError("the record does not belong to what its contributor signed")
    signed = _Signed(sealed.group, sealed.bearer, sealed.root, sealed.count, sealed.signature)
    if _signer(domain, signed) != sealed.contributor:
        raise BadContentError("the record is not signed by the contributor it names")
    return opened


class _Signed(NamedTuple):
    group: bytes
    bearer: str
    root: bytes
    number: int
    signature: bytes


@lru_cache(maxsize=_SIGNATURES)
def _signer(domain: eip712.Domain, signed: _Signed) -> str | None:
    """Who signed; asked for each of thousands of records that were signed at once."""
    group, bearer, root, number, signature = signed
    statement = eip712.sealed(domain, group=group, bearer=bearer, root=root, count=number)
    return eip712.recover(statement, signature)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
