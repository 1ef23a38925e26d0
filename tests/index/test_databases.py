"""What holds on every database that the index can live in."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tenacity import retry
from tenacity import retry_if_exception_type
from tenacity import stop_after_attempt

from ledger.errors import UnavailableError
from ledger.index.database import Index
from ledger.index.database import IndexUnavailableError
from ledger.index.database import open_index
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.queries import Sort
from ledger.index.queries.columns import Columns
from ledger.index.sync import Sync
from ledger.index.tables import Record
from ledger.index.tables import SyncState
from ledger.record import codec
from ledger.record.cid import digest_of
from ledger.record.schema import Record as Execution
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import SimulatedChain
from tests.postgresql import FOREIGN
from tools.services.database import Server

WAIT_SECONDS = 60

NAMES = [
    "a",
    "B",
    "Z",
    "z",
    "_",
    "É",
    "é",
    "e",
    "a-b",
    "ab",
    "a b",
    "ß",
    "Ω",
    "中",
    "😀",
    "10",
    "9",
]


def add(index: Index, executions: list[Execution]) -> None:
    index.add_pending((digest_of(codec.encode(each)), each, None) for each in executions)


def named(name: str, row: int = 1) -> Execution:
    return ledgers.record(row, job={"name": name, "framework": {"name": "spark"}})


def jobs(queries: Queries, **place: str) -> list[str]:
    page = queries.records(sort=Sort.JOB, descending=False, limit=5, **place)
    found = [row.job for row in page.rows]
    return found if page.next_after is None else found + jobs(queries, after=page.next_after)


def test_text_is_sorted_by_code_point_over_all_pages(index: Index, queries: Queries):
    add(index, [named(name) for name in NAMES])

    assert jobs(queries) == sorted(NAMES)


def test_what_has_equal_counts_is_listed_by_code_point(
    index: Index, queries: Queries, store: SQLiteBlockStore
):
    add(index, [named(name) for name in NAMES])
    columns = Columns(index)
    assert columns.wait()

    listed = [value.value for value in queries.facets()["job"]]

    assert listed == sorted(listed)
    remembered = Queries(index, store, columns=lambda: columns)
    assert [value.value for value in remembered.facets()["job"]] == listed


def test_a_name_with_nul_is_kept_and_found(index: Index, queries: Queries):
    add(index, [named("so\0rt"), named("sort", row=2)])

    found = {row.job for row in queries.records(Filter(q="so")).rows}

    assert found == {"so\ufffdrt", "sort"}
    for asked in (Filter(job=("so\0rt",)), Filter(q="o\0r")):
        assert queries.count(asked) <= 1


def test_a_reader_sees_one_moment(index: Index):
    add(index, [ledgers.record(1)])

    with index.read() as connection:
        before = connection.execute(select(SyncState.revision)).scalar_one()
        add(index, [ledgers.record(2)])
        seen = connection.execute(select(Record.id)).all()
        after = connection.execute(select(SyncState.revision)).scalar_one()

    assert (len(seen), after) == (1, before)
    assert index.revision() > before


def test_a_reader_is_not_disturbed_by_a_rebuild(index: Index):
    add(index, [ledgers.record(1)])
    cleared = threading.Event()

    def clear() -> None:
        index.clear()
        cleared.set()

    with index.read() as connection:
        connection.execute(select(SyncState.revision)).scalar_one()
        thread = threading.Thread(target=clear)
        thread.start()
        assert cleared.wait(WAIT_SECONDS)
        assert len(connection.execute(select(Record.id)).all()) == 1
    thread.join()

    with index.read() as connection:
        assert connection.execute(select(Record.id)).all() == []


def test_writers_take_turns(index: Index):
    first_is_in, go_on, order = threading.Event(), threading.Event(), []

    def first() -> None:
        with index.write():
            first_is_in.set()
            go_on.wait(WAIT_SECONDS)
            order.append("first")

    def second() -> None:
        with index.write():
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert first_is_in.wait(WAIT_SECONDS)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()

    assert order == ["first", "second"]


WRITER = """
import sys
from ledger.index.database import open_index
from tests.index.test_databases import add
from tests.index import ledgers
index = open_index(sys.argv[1])
for row in range(int(sys.argv[2]), int(sys.argv[3])):
    add(index, [ledgers.record(row)])
index.close()
"""


def test_processes_that_write_at_once_lose_nothing(index: Index, location: str):
    before = index.revision()
    commands = [
        [sys.executable, "-c", WRITER, location, str(first), str(first + 40)] for first in (1, 21)
    ]

    processes = [subprocess.Popen(command) for command in commands]

    assert [process.wait(WAIT_SECONDS) for process in processes] == [0, 0]
    with index.read() as connection:
        assert len(connection.execute(select(Record.id)).all()) == 60
    assert index.revision() == before + 80


def test_two_processes_that_follow_the_chain_index_each_batch_once(
    index: Index, location: str, store: SQLiteBlockStore, chain: SimulatedChain
):
    for row in range(1, 13):
        batch = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(row)])))
        chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    other = open_index(location)
    together, faults = threading.Barrier(2), []

    def follow(opened: Index) -> None:
        sync = Sync(opened, store, chain.w3, DEPLOYMENT, blocks_per_read=2)
        together.wait(WAIT_SECONDS)
        try:
            # One that is overtaken again and again begins anew, as the loops of `up` do.
            retry(retry=retry_if_exception_type(UnavailableError), stop=stop_after_attempt(20))(
                sync.step
            )()
        except Exception as error:  # noqa: BLE001 - whatever it is, is the finding
            faults.append(error)

    threads = [threading.Thread(target=follow, args=(each,)) for each in (index, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()

    assert faults == []
    assert Queries(index, store).count() == 12
    assert len(Queries(index, store).batches()) == 12


def test_many_records_are_asked_for_at_once(index: Index):
    executions = [ledgers.record(row) for row in range(1, 11)]
    add(index, executions)
    known = [digest_of(codec.encode(each)) for each in executions]
    strangers = [digest_of(bytes([high, low])) for high in range(256) for low in range(256)]

    assert index.has([*strangers, *known]) == set(known)
    assert len(index.name_contributor([*strangers, *known], ledgers.signer(1).address)) == 65_536


@pytest.fixture
def older(postgresql: Server) -> Iterator[str]:
    """The URL of an index on PostgreSQL as version 0003 left it, with a record."""
    from alembic import command

    from ledger.index import engine as engines
    from ledger.index import migrate

    with postgresql.database(**FOREIGN) as name:
        url = postgresql.url(name)
        index = open_index(url)
        add(index, [named(each) for each in NAMES])
        index.close()
        engine = engines.create(url)
        with engine.begin() as connection, migrate._scripts() as config:
            config.attributes["connection"] = connection
            command.downgrade(config, "0003")
            found = connection.exec_driver_sql("SELECT job FROM records ORDER BY job").scalars()
            assert list(found) != sorted(NAMES)
        engine.dispose()
        yield url


def test_an_index_that_was_sorted_by_a_language_is_sorted_by_code_point(
    older: str, store: SQLiteBlockStore
):
    index = open_index(older)

    assert jobs(Queries(index, store)) == sorted(NAMES)
    index.close()


def test_every_text_column_is_sorted_by_code_point(postgresql_location: str):
    on_postgresql = open_index(postgresql_location)
    with on_postgresql.read() as connection:
        others = connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name != 'alembic_version' "
            "AND data_type IN ('text', 'character varying') "
            "AND collation_name IS DISTINCT FROM 'C'"
        ).all()
    on_postgresql.close()

    assert others == []


def test_a_server_that_is_gone_is_said_to_be_and_its_password_is_not(tmp_path: Path):
    url = f"postgresql+psycopg://me:hunter2@/ledger?host={tmp_path}"

    with pytest.raises(IndexUnavailableError) as caught:
        open_index(url)

    said = caught.value.diagnostics()
    assert "does not answer" in said
    assert "hunter2" not in said


def test_connections_that_broke_are_replaced(postgresql: Server, postgresql_location: str):
    index = open_index(postgresql_location)
    before = index.revision()

    postgresql.disconnect_everybody()

    assert index.revision() == before
    index.close()
