"""What is found by a rare value is looked up by its index, however many records are listed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.feed import Feed
from ledger.index.queries import Queries
from ledger.index.queries.columns import Columns
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    opened = open_index(f"sqlite:///{tmp_path / 'index.sqlite'}")
    yield opened
    opened.close()


@contextmanager
def plans() -> Iterator[list[str]]:
    """How SQLite goes about each question that is asked of records meanwhile."""
    found: list[str] = []

    def explain(_connection, cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT") and "FROM records" in statement:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append("; ".join(row[3] for row in plan))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


def test_a_record_is_found_by_its_cid_and_by_the_beginning_of_one(
    index: Index, store: SQLiteBlockStore
):
    record = ledgers.record(1)
    (digest,) = ledgers.keep(store, [record])
    index.add_pending([(digest, record, None)])
    queries = Queries(index, store)
    cid = to_text(digest)

    with plans() as found:
        queries.record(cid)
        queries.row(cid)
        queries.record(cid[:20])

    assert found
    assert all("ix_records_digest_batch" in plan for plan in found)


@pytest.mark.parametrize("with_pending", [True, False])
def test_what_changed_lately_is_found_by_its_revision(index: Index, with_pending: bool):
    feed = Feed(index, with_pending=with_pending)

    with plans() as found:
        feed.since(feed.position().revision)

    assert found
    assert all("ix_records_revision" in plan for plan in found)


def test_columns_in_memory_follow_by_the_revision(index: Index, store: SQLiteBlockStore):
    queries = Queries(index, store, columns=lambda: columns)
    columns = Columns(index)
    assert columns.wait()
    record = ledgers.record(1)
    index.add_pending((digest, record, None) for digest in ledgers.keep(store, [record]))

    with plans() as found:
        (row,) = queries.records().rows

    assert row.job == record.job.name
    assert any("ix_records_revision" in plan for plan in found)
    assert not any("SCAN records" in plan for plan in found)
