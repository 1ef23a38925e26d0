"""A live app over a real node, and a client of it."""

from collections.abc import Iterator

import pytest

from ledger import settings
from ledger.accounts.tokens import Scope
from ledger.chain.devchain.accounts import dev_account
from ledger.client import Client
from ledger.client.http import ServerHTTP
from ledger.node import Node
from tests.webapp.conftest import Served
from webapp import create_app


@pytest.fixture(scope="session")
def server(ledger_node: Node) -> Iterator[str]:
    with Served(create_app(ledger_node)) as served:
        yield served.url


@pytest.fixture
def client(server: str) -> Iterator[Client]:
    with Client(server) as asked:
        yield asked


@pytest.fixture(scope="session")
def own_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node to contribute to."""
    home = tmp_path_factory.mktemp("own") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0)) as node:
        node.contracts  # noqa: B018 - deploys them
        node.sync.step()
        yield node


@pytest.fixture
def contributor(own_node: Node) -> Iterator[Client]:
    with Served(create_app(own_node)) as served, Client(served.url) as asked:
        yield asked


@pytest.fixture
def with_token(own_node: Node) -> Iterator[Client]:
    """A client whose token may read and keep drafts."""
    secret, _ = own_node.accounts.tokens.make(
        dev_account(3).address, "tests", [Scope.READ, Scope.DRAFTS], days=1
    )
    with Served(create_app(own_node)) as served:
        http = ServerHTTP(served.url, token=secret)
        with Client(served.url, http=http) as asked:
            yield asked
