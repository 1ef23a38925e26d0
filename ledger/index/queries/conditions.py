"""Filters as SQL conditions on records."""

import base64
import binascii
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import and_
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import true

from ledger.errors import InvalidInputError
from ledger.index.filters import Filter
from ledger.index.rows import to_microseconds
from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.record import cid
from ledger.record.eip712 import address_of

FACETS = {
    "job": Record.job,
    "framework": Record.framework,
    "algorithm": Record.algorithm,
    "machine_type": Record.machine_type,
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


def conditions(chosen: Filter, there: Shown) -> ColumnElement[bool]:
    """What a record has to satisfy to pass."""
    found: list[ColumnElement[bool]] = [there]
    for name, column in FACETS.items():
        if values := getattr(chosen, name):
            found.append(column.in_(values))
    if chosen.batch:
        found.append(Record.batch.in_(select(Batch.id).where(Batch.batch_id.in_(chosen.batch))))
    bounds: tuple[tuple[Any, float | None, float | None], ...] = (
        (Record.input_bytes, chosen.input_bytes_min, chosen.input_bytes_max),
        (Record.runtime_seconds, chosen.runtime_min, chosen.runtime_max),
        (
            Record.started_at,
            None if chosen.started_from is None else to_microseconds(chosen.started_from),
            None if chosen.started_to is None else to_microseconds(chosen.started_to),
        ),
    )
    for column, least, most in bounds:
        if least is not None:
            found.append(column >= least)
        if most is not None:
            found.append(column <= most)
    found += [_word(word) for word in chosen.q.split()]
    return and_(*found)


def _word(word: str) -> ColumnElement[bool]:
    if word.lower().startswith(_CID_PREFIX) and (bounds := digest_bounds(word)) is not None:
        return Record.digest.between(*bounds)
    contained = Record.search.contains(word.casefold(), autoescape=True)
    try:
        return or_(contained, Record.contributor == address_of(word))
    except InvalidInputError:
        return contained


def digest_bounds(prefix: str) -> tuple[bytes, bytes] | None:
    """The least and the greatest digest whose CID begins with a text, or None if none does."""
    text = prefix.lower()
    if not text.startswith("b") or len(text) > cid.CID_TEXT_LENGTH:
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
