"""What differs between the databases the index can live in; no other module knows."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy import MetaData
from sqlalchemy import create_engine
from sqlalchemy import delete
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import NoSuchModuleError

from ledger.errors import SettingsError
from ledger.store.database import reading_uri
from ledger.store.database import use_write_ahead_log

WRITES = "perfledger_writes"
"""Execution option of a connection that is about to write."""

_BUSY_SECONDS = 60
"""How long to wait for another writer; the longest transaction holds about 10,000 records."""

_CACHE_KIB = 64 * 1024

_CHECKPOINT_PAGES = 8_000
"""Fold 32 MB of the write-ahead log back at once. Thousands of rows touch most pages of seventeen
indexes, so that SQLite's 1,000 pages would write each page into the file after every commit."""

_EMPTY = "\N{REPLACEMENT CHARACTER}"
"""Stands for NUL in text, which PostgreSQL does not hold; also where that is looked for."""

_WRITERS = 0x70657266  # "perf"
"""The advisory lock that writers of a database on PostgreSQL hold one after the other."""

_POOL = 8
_POOL_OVERFLOW = 32


class UnusableIndexError(SettingsError):
    """The URL of the index names no database that can be used."""


class MissingIndexError(SettingsError):
    """There is no index yet."""

    def __init__(self, where: object) -> None:
        super().__init__(
            f"there is no index in {where}",
            hint="`perfledger init` makes it; one that was lost comes back with "
            "`perfledger db rebuild`.",
        )


def create(location: str, *, read_only: bool = False) -> Engine:
    """An engine for an SQLAlchemy URL; SQLite's folder is made where it is missing.

    Args:
        location: the URL.
        read_only: to look at what is there, and make nothing.

    Raises:
        UnusableIndexError: not a URL, no driver for it, or SQLite without a file.
        MissingIndexError: there is no such file, and none is to be made.
    """
    try:
        url = make_url(location)
        if url.get_backend_name() == "sqlite":
            return _reading_sqlite(url) if read_only else _sqlite(url)
        return _postgresql(url, read_only=read_only)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise UnusableIndexError(
            "the index cannot be opened: its URL names no database known here",
            hint="Set PERFLEDGER_INDEX_URL to sqlite:///FILE, or to postgresql+psycopg://… with "
            "the extra perfledger[postgresql] installed.",
        ) from error


def empty(connection: Connection, tables: MetaData) -> None:
    """Take out every row; or every table, for `migrate.upgrade` to make again."""
    if connection.dialect.name == "sqlite":
        tables.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        return
    # Dropping would wait for readers, and have readers wait; deleted rows stay theirs to the end.
    for table in reversed(tables.sorted_tables):
        connection.execute(delete(table))


def _sqlite(url: URL) -> Engine:
    use_write_ahead_log(_file_of(url))
    engine = create_engine(
        url,
        connect_args={"timeout": _BUSY_SECONDS},
        pool_size=_POOL,
        max_overflow=_POOL_OVERFLOW,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _reading_sqlite(url: URL) -> Engine:
    path = _file_of(url)
    if not path.exists():
        raise MissingIndexError(path)
    connect = partial(sqlite3.connect, reading_uri(path), uri=True, check_same_thread=False)
    return create_engine(url, creator=connect)


def _postgresql(url: URL, *, read_only: bool) -> Engine:
    """Readers see one moment in all they ask; writers see what the one before them wrote."""
    if url.get_backend_name() != "postgresql":
        raise ArgumentError(url.get_backend_name())
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=_POOL,
        max_overflow=_POOL_OVERFLOW,
        isolation_level="REPEATABLE READ",
        connect_args={"options": "-c default_transaction_read_only=on"} if read_only else {},
    )
    event.listen(engine, "connect", _replace_nul)
    event.listen(engine, "set_connection_execution_options", _choose_isolation)
    event.listen(engine, "begin", _wait_for_writers)
    return engine


def _replace_nul(connection: Any, _record: object) -> None:
    from psycopg.types.string import StrDumperUnknown

    class Dumper(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", _EMPTY) if "\0" in obj else obj)

    connection.adapters.register_dumper(str, Dumper)


def _choose_isolation(_connection: Connection, options: dict[str, Any]) -> None:
    if options.get(WRITES):
        options["isolation_level"] = "READ COMMITTED"


def _wait_for_writers(connection: Connection) -> None:
    """As SQLite's ``BEGIN IMMEDIATE`` does: also while there are no tables yet to lock."""
    if connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise UnusableIndexError(
            "an index in memory would be lost between two connections",
            hint="Give it a file: sqlite:///index.sqlite",
        )
    return Path(url.database)


def _prepare(connection: Any, _record: object) -> None:
    """Set up a new SQLite connection.

    ``synchronous=NORMAL`` keeps the file whole through a power cut and may lose the last commits,
    which the next sync brings back.
    """
    connection.isolation_level = None  # transactions begin in _begin, and nowhere else
    cursor = connection.cursor()
    for pragma in (
        "synchronous=NORMAL",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
        "foreign_keys=ON",
        f"cache_size=-{_CACHE_KIB}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin at once: the driver puts it off, and a late lock fails where an early one waits."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
