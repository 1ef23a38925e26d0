"""The tables of the page: texts as they are shown, for the template and for its refresher.

URLs and problems come from strangers. They are shown as text without anything that could hide or
reorder what is beside it, and a link leads only to what is the address of a node.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import url_for

from ledger.peers.addresses import is_origin
from ledger.peers.replication import BatchStatus
from ledger.peers.views import FailedChallenge
from ledger.peers.views import PeerStatus
from ledger.peers.views import Standing
from ledger.peers.views import WantStatus
from webapp.format import NONE
from webapp.format import ago
from webapp.format import duration
from webapp.format import inert
from webapp.format import number
from webapp.format import plural
from webapp.format import readable
from webapp.format import short
from webapp.format import size
from webapp.network.columns import BATCH_COLUMNS
from webapp.network.columns import FAILURE_COLUMNS
from webapp.network.columns import PEER_COLUMNS
from webapp.network.columns import WANT_COLUMNS
from webapp.network.columns import Column

PEERS_SHOWN = 100
WANTS_SHOWN = 50

Row = Mapping[str, str]
"""Texts by field; ``key`` tells rows apart, ``…_href`` and ``…_status`` belong to a field."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: identifies it within the page.
        label: says what it is to who cannot see it.
        columns: its columns.
        rows: its rows.
        note: what is left out.
    """

    name: str
    label: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What changes of it."""
        return {"rows": self.rows, "note": self.note}


def peers_table(standing: Standing) -> Table:
    """Who is known, and how they do."""
    rows = [_peer(peer, standing.at) for peer in standing.peers[:PEERS_SHOWN]]
    return Table("peers", "Nodes", PEER_COLUMNS, rows, _rest(len(rows), len(standing.peers)))


def wants_table(standing: Standing) -> Table:
    """What is missing here."""
    rows = [_want(want) for want in standing.wants[:WANTS_SHOWN]]
    return Table("missing", "Missing here", WANT_COLUMNS, rows, _rest(len(rows), standing.missing))


def failures_table(standing: Standing) -> Table:
    """Challenges that were not passed."""
    rows = [_failure(each) for each in standing.failures]
    return Table("failures", "Failed challenges", FAILURE_COLUMNS, rows)


def batches_table(batches: Sequence[BatchStatus]) -> Table:
    """Where batches are."""
    return Table("batches", "Batches", BATCH_COLUMNS, [_batch(batch) for batch in batches])


def node_address(url: str) -> str:
    """Where a link to a node leads; nowhere for what is no address of one."""
    return f"{url}/peers/v1/status" if url.isascii() and is_origin(url) else ""


def _peer(peer: PeerStatus, now: float) -> Row:
    challenges = sum(peer.challenges.values())
    passed = peer.challenges.get("passed", 0)
    is_linked = peer.kind == "peer" and peer.state != "distrusted"
    return {
        "key": quote(peer.url),
        "url": inert(peer.url),
        "url_href": node_address(peer.url) if is_linked else "",
        "url_note": ", ".join(_about(peer)),
        "state": peer.state,
        "holds": number(peer.holds),
        "received": size(peer.traffic.bytes_received),
        "served": size(peer.traffic.bytes_served),
        "challenges": f"{number(passed)} of {number(challenges)} passed" if challenges else NONE,
        "seen": "never" if peer.last_seen is None else ago(now - peer.last_seen),
        "problem": _problem(peer.problem),
    }


def _about(peer: PeerStatus) -> Iterator[str]:
    if peer.kind != "peer":
        yield peer.kind
    if peer.named:
        yield "named here"
    if peer.peer_id:
        yield short(inert(peer.peer_id))


def _want(want: WantStatus) -> Row:
    return {
        "key": want.root,
        "root": want.root,
        "kind": want.kind,
        "age": duration(round(want.age_seconds)),
        "attempts": number(want.attempts),
        "retry": "given up" if want.refused else f"in {duration(round(want.retry_seconds))}",
        "problem": _problem(want.problem),
    }


def _failure(failure: FailedChallenge) -> Row:
    return {
        "key": quote(f"{failure.at} {failure.peer}"),
        "at": _minute(failure.at),
        "peer": inert(failure.peer),
        "outcome": failure.outcome,
        "block": failure.block,
        "problem": _problem(failure.problem),
    }


def _batch(batch: BatchStatus) -> Row:
    return {
        "key": batch.batch_id,
        "batch": batch.batch_id,
        "batch_href": url_for("batches.detail", batch_id=batch.batch_id),
        "copies": f"{number(batch.copies)}, at risk" if batch.is_at_risk else number(batch.copies),
        "copies_status": "at-risk" if batch.is_at_risk else "enough",
        "here": "yes" if batch.held else "no",
        "records": number(batch.records),
        "anchored": _minute(batch.anchored_at),
    }


def _problem(text: str) -> str:
    return readable(inert(text), {}) or NONE


def _minute(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"


def _rest(shown: int, total: int) -> str:
    return f"and {plural(total - shown, 'other')}" if total > shown else ""
