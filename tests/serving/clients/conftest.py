"""A node with a ledger, served to clients of other makes."""

from collections.abc import Iterator

import pytest

from ledger.ipld.cid import CID
from ledger.node import Node
from ledger.record.cid import from_text
from tests.serving.serving import Served
from webapp.peer import create_peer_app


@pytest.fixture(scope="session")
def served(ledger_node: Node) -> Iterator[Served]:
    with Served(create_peer_app(ledger_node)) as server:
        ledger_node.presence.listening_at(server.url)
        yield server


@pytest.fixture(scope="session")
def manifest(ledger_node: Node) -> CID:
    """Of the batch that was anchored first."""
    *_, first = ledger_node.queries.batches()
    return CID.of(from_text(first.manifest_cid))
