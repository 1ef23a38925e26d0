"""An app over a node that has peers: one that answers, and some that only claim to be there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ledger.node import Node
from tests.peers import neighbours

LIAR = "http://liar.example:4802"
SILENT = "http://silent.example:4802"
HOSTILE = "javascript:alert(1)//<img src=x onerror=alert(2)>"
REVERSED = "http://moc.\u202eelpmaxe.evil:80"
BATCHES = 5


class Peered(NamedTuple):
    """A node, and the one beside it."""

    node: Node
    other: Node
    url: str


@contextmanager
def peered(folder: Path) -> Iterator[Peered]:
    """A node with five batches, three of which another holds, which is challenged and passes."""
    with (
        neighbours.founder(folder / "first", batches=3) as node,
        neighbours.reachable(node) as own,
        neighbours.joined(node, folder / "second", own) as other,
        neighbours.reachable(other) as url,
    ):
        neighbours.replicate(other)
        other.peering.replicator.step()
        neighbours.anchor(node, range(3, BATCHES))
        book = node.peering.book
        book.peers.introduce([url, LIAR, SILENT])
        node.peering.visitor.step()
        assert node.peering.challenger.step() is not None
        book.peers.failed(SILENT, "\u202eit does not answer <b>at all</b>")
        book.peers.distrust(LIAR, "it sent other bytes\x1b[2J for a block")
        book.peers.distrust(HOSTILE, "it is no address")
        book.peers.introduce([REVERSED])
        yield Peered(node, other, url)
