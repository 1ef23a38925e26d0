"""What a badge says. It never says what a stranger wrote: no job, no machine, no parameter."""

from collections.abc import Mapping

from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.views import LedgerStatus
from ledger.index.views import RecordRow
from webapp.badges.drawing import Colour

_COLOURS: Mapping[LedgerStatus, Colour] = {
    LedgerStatus.ACCEPTED: Colour.GOOD,
    LedgerStatus.REJECTED: Colour.BAD,
    LedgerStatus.DISPUTED: Colour.SPLIT,
    LedgerStatus.REVOKED: Colour.BAD,
}

Badge = tuple[str, Colour]


def of_record(row: RecordRow) -> Badge:
    """Where a record stands, and how many validators of how many say so: ``accepted 3/3``."""
    colour = _COLOURS.get(row.status, Colour.WAITING)
    if row.status in {LedgerStatus.ACCEPTED, LedgerStatus.ANCHORED}:
        return f"{row.status.value} {row.accepted}/{row.validators}", colour
    if row.status is LedgerStatus.REJECTED:
        return f"{row.status.value} {row.rejected}/{row.validators}", colour
    return row.status.value, colour


def of_filter(queries: Queries, chosen: Filter) -> Badge:
    """How many records pass, and how many of them are accepted: ``28 records · 27 accepted``."""
    total = queries.count(chosen)
    accepted = queries.count(accepted_of(chosen)) if _may_be_accepted(chosen) else 0
    records = f"{total:,} record" + ("" if total == 1 else "s")
    if total == 0:
        return "no records", Colour.WAITING
    colour = Colour.GOOD if accepted == total else Colour.PLAIN if accepted else Colour.WAITING
    return f"{records} · {accepted:,} accepted", colour


def accepted_of(chosen: Filter) -> Filter:
    """The same filter, of accepted records alone."""
    return chosen.model_copy(update={"status": (LedgerStatus.ACCEPTED,)})


def _may_be_accepted(chosen: Filter) -> bool:
    return not chosen.status or LedgerStatus.ACCEPTED in chosen.status
