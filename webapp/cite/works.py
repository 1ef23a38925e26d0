"""What is cited of a record, of a batch, and of the records that pass a filter."""

import hashlib
from collections.abc import Sequence
from datetime import UTC
from datetime import date
from datetime import datetime

from ledger.index.views import BatchDetail
from ledger.index.views import BatchRow
from ledger.index.views import RecordDetail
from webapp.cite.work import Work
from webapp.format import NARROW_SPACE
from webapp.format import plural
from webapp.format import size

_KEY_DIGITS = 10
_MOST_AUTHORS = 8


def of_record(detail: RecordDetail, url: str, proof_url: str) -> Work:
    """An execution."""
    row = detail.row
    of = f" of {row.machine_type}" if row.machine_type else ""
    machines = plural(row.nodes, "node") + of
    given = "" if row.input_bytes is None else f", {size(row.input_bytes)} of input"
    return Work(
        key=f"perfledger-{row.cid[-_KEY_DIGITS:]}",
        title=_spaced(f"Execution of {row.job} ({row.framework}) on {machines}{given}"),
        authors=(row.contributor or "unsigned",),
        issued=_day(detail.batch),
        accessed=_today(),
        url=url,
        proof_url=proof_url if detail.batch else None,
        note=f"CID {row.cid}{_anchor(detail.batch)}",
    )


def of_batch(detail: BatchDetail, url: str, proof_url: str) -> Work:
    """A batch."""
    batch = detail.batch
    people = list(dict.fromkeys(each.contributor for each in detail.submissions))
    return Work(
        key=f"perfledger-{batch.batch_id[2 : 2 + _KEY_DIGITS]}",
        title=_spaced(f"Batch of {plural(batch.count, 'execution record')}"),
        authors=_authors(people) or (batch.publisher,),
        issued=_day(batch),
        accessed=_today(),
        url=url,
        proof_url=proof_url,
        note=f"CID {batch.manifest_cid}{_anchor(batch)}",
    )


def of_filter(records: int, indexed_block: int | None, url: str) -> Work:
    """The records that pass a filter, as of a block."""
    digest = hashlib.sha256(url.encode()).hexdigest()
    block = "" if indexed_block is None else f", as of block {indexed_block}"
    return Work(
        key=f"perfledger-{digest[:_KEY_DIGITS]}",
        title=_spaced(f"{plural(records, 'execution record')} of distributed jobs"),
        authors=("Contributors to perfledger",),
        issued=None,
        accessed=_today(),
        url=url,
        proof_url=None,
        note=f"A query of the ledger{block}; each record has a CID and a proof",
    )


def _authors(people: Sequence[str]) -> tuple[str, ...]:
    more = len(people) - _MOST_AUTHORS
    return tuple(people) if more <= 0 else (*people[:_MOST_AUTHORS], f"{more} others")


def _spaced(text: str) -> str:
    """With the spaces that every program knows."""
    return text.replace(NARROW_SPACE, " ")


def _anchor(batch: BatchRow | None) -> str:
    if batch is None:
        return ", not anchored yet"
    return f", batch root {batch.root}, anchored in block {batch.block_number} ({batch.block_hash})"


def _day(batch: BatchRow | None) -> date | None:
    return None if batch is None else batch.anchored_at.date()


def _today() -> date:
    return datetime.now(UTC).date()
