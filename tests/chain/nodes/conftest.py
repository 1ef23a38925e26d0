"""One node of each kind, in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain.nodes.servers import KINDS
from tests.chain.nodes.servers import EthereumNode


@pytest.fixture(scope="module", params=KINDS)
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EthereumNode]:
    with KINDS[request.param](tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder without a ledger."""
    return tmp_path / "home"
