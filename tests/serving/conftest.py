"""A node that holds DAGs of every kind, asked by a test client."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.node import Node
from tests.serving.dags import Dags
from webapp.peer import create_peer_app


@pytest.fixture
def dags() -> Dags:
    return Dags()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node that has no chain and needs none."""
    with Node(settings.load(tmp_path / "home")) as node:
        node.presence.listening_at("http://127.0.0.1:8787")
        yield node


@pytest.fixture
def client(node: Node) -> FlaskClient:
    return create_peer_app(node).test_client()
