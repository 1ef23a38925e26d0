"""PostgreSQL for tests: one server for all of a process, a database for each test."""

from collections.abc import Iterator

import pytest

from ledger.index.database import open_index
from tests.services import required
from tools.services import PostgreSQL
from tools.services.database import Server
from tools.services.database import serve

FOREIGN = {"locale_provider": "icu", "icu_locale": "en-US"}
"""Sorts text as people do ("a" before "B"), as many servers of users do, and not as SQLite does."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running server; skips without PostgreSQL, but not in CI, which has to have it."""
    with serve(required(PostgreSQL())) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgresql: Server) -> Iterator[str]:
    """The name of a database with an empty index, to copy."""
    with postgresql.database(**FOREIGN) as name:
        open_index(postgresql.url(name)).close()
        yield name


@pytest.fixture
def postgresql_location(postgresql: Server, migrated: str) -> Iterator[str]:
    """The URL of an empty index on PostgreSQL."""
    with postgresql.database(migrated) as name:
        yield postgresql.url(name)
