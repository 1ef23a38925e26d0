from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import SimulatedChain


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    opened = SQLiteBlockStore(tmp_path / "blocks.sqlite")
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an index, on each database that it can live in."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_location"))
    return f"sqlite:///{tmp_path / 'index.sqlite'}"


@pytest.fixture
def index(location: str) -> Iterator[Index]:
    opened = open_index(location)
    yield opened
    opened.close()


@pytest.fixture
def chain() -> SimulatedChain:
    """A chain with three validators (accounts 7, 8, 9) and a quorum of two."""
    simulated = SimulatedChain()
    simulated.mine(ledgers.quorum(0, 2), *ledgers.joined(7, 8, 9))
    return simulated


@pytest.fixture
def sync(index: Index, store: SQLiteBlockStore, chain: SimulatedChain) -> Sync:
    return Sync(index, store, chain.w3, DEPLOYMENT, verdict_seconds=600)


@pytest.fixture
def queries(index: Index, store: SQLiteBlockStore) -> Queries:
    return Queries(index, store)
