"""A daemon for each module of tests, and a store on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from ledger.store.kubo import KuboStore
from tests.store.kubo.daemons import Daemon
from tests.store.kubo.daemons import kubo


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with kubo(tmp_path_factory.mktemp("kubo")) as running:
        yield running


@pytest.fixture
def store(daemon: Daemon) -> Iterator[KuboStore]:
    with closing(KuboStore(daemon.url)) as opened:
        yield opened
