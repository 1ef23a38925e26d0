"""The small durable database that the block store and the outbox share."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store.database import Database
from ledger.store.files import UnusableFileError


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "some.sqlite", "CREATE TABLE IF NOT EXISTS t (x UNIQUE NOT NULL)")
    yield opened
    opened.close()


def test_a_broken_constraint_is_told_as_what_it_is_and_nothing_is_written(database: Database):
    def write_twice() -> None:
        with database.transaction() as connection:
            connection.executemany("INSERT INTO t VALUES (?)", [(1,), (1,)])

    with pytest.raises(sqlite3.IntegrityError):
        write_twice()

    assert database.all("SELECT * FROM t") == []


def test_a_file_that_cannot_be_used_is_told_with_its_name(database: Database, tmp_path: Path):
    with pytest.raises(UnusableFileError, match=r"some\.sqlite"):
        database.execute("INSERT INTO elsewhere VALUES (1)")
