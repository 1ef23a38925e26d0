"""What a look at the file about peers finds; nothing is asked of them, and nothing is changed."""

import time
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from ledger.errors import UnavailableError
from ledger.peers.book.peers import ITSELF
from ledger.peers.book.peers import PEER

Read = Callable[[str], Sequence[tuple[Any, ...]]]
"""What the file answers to a statement."""

_HOUR = 3_600


def examine(read: Read) -> str:
    """How the node stands among its peers.

    Raises:
        UnavailableError: a block here stays damaged, a node that the operator named is not trusted,
            or none that he named answers.
    """
    listed = read(
        "SELECT url, kind, named, last_seen, failures, problem, distrusted FROM peers "
        "ORDER BY named DESC, url"
    )
    peers = [row for row in listed if row[6] != ITSELF]
    nodes = [row for row in peers if row[1] == PEER]
    _require_whole(read)
    _require_trusted(peers)
    _require_answers([row for row in nodes if row[2]])
    if not nodes:
        return "no other node is known: what is only here is lost with this disk"
    answering = sum(row[3] is not None and not row[4] and not row[6] for row in nodes)
    says = [f"{answering:,} of {len(nodes):,} nodes answered when they were last asked"]
    distrusted = [f"{row[0]} ({row[6]})" for row in peers if row[6]]
    if distrusted:
        says.append(f"{len(distrusted):,} not trusted: {', '.join(distrusted[:3])}")
    return "; ".join([*says, _missing(read)])


def _missing(read: Read) -> str:
    ((missing, since, refused),) = read(
        "SELECT count(*), coalesce(min(since), 0), coalesce(sum(refused), 0) FROM wants"
    )
    if not missing:
        return "nothing is missing"
    hours = (time.time() - since) / _HOUR
    age = f"{hours:,.1f} h" if hours >= 1 else f"{60 * hours:,.0f} min"
    return f"{missing:,} missing, the first for {age}" + (
        f", {refused:,} given up" if refused else ""
    )


def _require_whole(read: Read) -> None:
    ((damaged,),) = read("SELECT count(*) FROM damage WHERE mended IS NULL")
    if damaged:
        raise UnavailableError(
            f"{damaged:,} blocks here are damaged, and no peer has given them yet",
            hint="`perfledger node scrub` tries again; look at the disk as well.",
        )


def _require_trusted(peers: Sequence[tuple[Any, ...]]) -> None:
    for url, _, named, *_, distrusted in peers:
        if named and distrusted:
            raise UnavailableError(
                f"{url} is not trusted: {distrusted}",
                hint=f"`perfledger node trust {url}` has it asked again, once that is mended; or "
                "take it out of the settings.",
            )


def _require_answers(named: Sequence[tuple[Any, ...]]) -> None:
    if named and all(failures for *_, failures, _, _ in named):
        raise UnavailableError(
            f"none of the {len(named):,} nodes in the settings answers: {named[0][5]}",
            hint="Do they run, and are they reached from here? PERFLEDGER_PEERS names them.",
        )
