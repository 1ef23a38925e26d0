"""The tables and the migrations that make them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ledger.errors import PerfledgerError
from ledger.index.database import Index
from ledger.index.database import IndexUnavailableError
from ledger.index.database import open_index
from ledger.index.engine import UnusableIndexError
from ledger.index.migrate import NewerIndexError
from ledger.index.tables import Base
from tests.postgresql import FOREIGN
from tools.services.database import Server


def test_models_and_migrations_agree(index: Index):
    with index.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def test_the_folder_of_an_index_is_made(tmp_path: Path):
    open_index(f"sqlite:///{tmp_path / 'deep' / 'index.sqlite'}").close()

    assert (tmp_path / "deep" / "index.sqlite").is_file()


def test_an_index_is_opened_again_as_it_was(location: str):
    first = open_index(location)
    before = first.revision()
    first.close()

    second = open_index(location)

    assert second.revision() == before
    second.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which nothing is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'index.sqlite'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.database(**FOREIGN) as name:
        yield server.url(name)


def test_several_may_open_a_new_index_at_once(nowhere: str):
    faults: list[PerfledgerError] = []
    together = threading.Barrier(4)

    def work() -> None:
        try:
            together.wait()
            open_index(nowhere).close()
        except PerfledgerError as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


def test_an_index_of_a_newer_version_is_refused(location: str):
    index = open_index(location)
    with index.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    index.close()

    with pytest.raises(NewerIndexError):
        open_index(location)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    file = tmp_path / "index.sqlite"
    file.write_bytes(b"not a database" * 1_000)

    with pytest.raises(IndexUnavailableError, match="not a database"):
        open_index(f"sqlite:///{file}")


@pytest.mark.parametrize(
    "location", ["", "nonsense", "oracle9://host/db", "mysql://host/db", "sqlite://"]
)
def test_a_url_that_names_no_usable_database_is_refused(location: str):
    with pytest.raises(UnusableIndexError):
        open_index(location)


def test_the_revision_goes_on_after_a_rebuild(index: Index):
    before = index.revision()

    index.clear()

    assert index.revision() > before
