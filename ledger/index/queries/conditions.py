"""Filters as SQL conditions on records."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import and_
from sqlalchemy import case
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import true

from ledger.errors import InvalidInputError
from ledger.index.filters import Filter
from ledger.index.rows import to_microseconds
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.record import cid
from ledger.record.eip712 import address_of

FACETS = {
    "job": Record.job,
    "framework": Record.framework,
    "algorithm": Record.algorithm,
    "machine_type": Record.machine_type,
    "provider": Record.provider,
    "nodes": Record.nodes,
    "outcome": Record.outcome,
    "status": Record.status,
    "contributor": Record.contributor,
}
"""The fields whose values can be counted, with their columns."""

_CID_PREFIX = cid.to_text(cid.Digest(bytes(32)))[:7]
"""What every CID of the ledger begins with: ``bafyrei``."""


Shown = ColumnElement[bool]
"""Which claims to records there are, as far as a reader is concerned."""


def shown(*, with_pending: bool) -> Shown:
    """One claim to each record; without those that no batch holds, if so wished."""
    listed = Record.listed == true()
    return listed if with_pending else and_(listed, Record.batch.is_not(None))


def unindexed(there: Shown) -> Shown:
    """The same condition, for a query that finds its few records by something else.

    SQLite takes a flag for rare, and would look at every listed record instead.
    """
    return case((there, 1), else_=0) == 1


def conditions(chosen: Filter, there: Shown) -> ColumnElement[bool]:
    """What a record has to satisfy to pass."""
    found: list[ColumnElement[bool]] = [there]
    for name, column in FACETS.items():
        if values := getattr(chosen, name):
            found.append(column.in_(values))
    if chosen.batch:
        found.append(Record.batch.in_(select(Batch.id).where(Batch.batch_id.in_(chosen.batch))))
    if chosen.validator:
        found.append(Record.batch.in_(attested_by(chosen.validator)))
    for name, (least, most) in bounds_of(chosen).items():
        bounded: ColumnElement[float] = Record.__table__.c[name]
        if least is not None:
            found.append(bounded >= least)
        if most is not None:
            found.append(bounded <= most)
    found += [_word(word) for word in chosen.q.split()]
    return and_(*found)


def attested_by(validators: Sequence[str]) -> Select[Any]:
    """Keys of the batches of which one of some validators has said what it thinks."""
    return (
        select(Attestation.batch)
        .where(Attestation.validator.in_(validators), Attestation.standing)
        .where(Attestation.state == COMPLETE)
    )


def bounds_of(chosen: Filter) -> dict[str, tuple[float | None, float | None]]:
    """By column, the least and the greatest value that pass."""
    started = [
        None if moment is None else to_microseconds(moment)
        for moment in (chosen.started_from, chosen.started_to)
    ]
    return {
        "input_bytes": (chosen.input_bytes_min, chosen.input_bytes_max),
        "runtime_seconds": (chosen.runtime_min, chosen.runtime_max),
        "started_at": (started[0], started[1]),
    }


def _word(word: str) -> ColumnElement[bool]:
    if (bounds := digests_in(word)) is not None:
        return Record.digest.between(*bounds)
    contained = Record.search.contains(word.casefold(), autoescape=True)
    address = address_in(word)
    return contained if address is None else or_(contained, Record.contributor == address)


def digests_in(word: str) -> tuple[bytes, bytes] | None:
    """The least and the greatest digest that a word means; None: it is no beginning of a CID."""
    return digest_bounds(word) if word.lower().startswith(_CID_PREFIX) else None


def address_in(word: str) -> str | None:
    """The address that a word is; None: it is none."""
    try:
        return address_of(word)
    except InvalidInputError:
        return None


def digest_bounds(prefix: str) -> tuple[bytes, bytes] | None:
    """The least and the greatest digest whose CID begins with a text, or None if none does."""
    text = prefix.lower()
    if not text.startswith("b") or not text.isascii() or len(text) > cid.CID_TEXT_LENGTH:
        return None
    try:
        least = max(_padded(text, "a"), cid.PREFIX + bytes(cid.DIGEST_BYTES))
        greatest = min(_padded(text, "7"), cid.PREFIX + b"\xff" * cid.DIGEST_BYTES)
    except binascii.Error:
        return None
    if least > greatest:
        return None
    return least[len(cid.PREFIX) :], greatest[len(cid.PREFIX) :]


def _padded(text: str, filler: str) -> bytes:
    """The binary CID of a text that is filled up with one character (``a`` is 0, ``7`` is 31)."""
    full = text[1:].ljust(cid.CID_TEXT_LENGTH - 1, filler).upper()
    return base64.b32decode(full + "=" * (-len(full) % 8))
