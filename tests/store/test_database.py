"""The small durable database that the block store and the outbox share."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.store.database import Database
from ledger.store.database import NewerFileError
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


def test_a_file_of_a_later_version_is_refused_and_left_as_it_is(tmp_path: Path):
    path = tmp_path / "some.sqlite"
    Database(path, "CREATE TABLE IF NOT EXISTS later (a);", layout=3).close()

    with pytest.raises(NewerFileError, match="layout 3; this version of perfledger knows up to 2"):
        Database(path, "CREATE TABLE IF NOT EXISTS earlier (a);", layout=2)

    reopened = Database(path, "", layout=3)
    assert reopened.all("SELECT name FROM sqlite_master WHERE type = 'table'") == [("later",)]
    reopened.close()


def test_a_file_from_before_layouts_were_numbered_is_taken_as_the_first(tmp_path: Path):
    path = tmp_path / "some.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE kept (a)")
        old.execute("INSERT INTO kept VALUES (1)")
        old.commit()

    opened = Database(path, "CREATE TABLE IF NOT EXISTS kept (a);")

    assert opened.all("SELECT a FROM kept") == [(1,)]
    assert opened.all("PRAGMA user_version") == [(1,)]
    opened.close()
