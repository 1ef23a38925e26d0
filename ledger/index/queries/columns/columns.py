"""Columns that follow an index: read once, then brought up to date by what changed."""

import threading
from dataclasses import dataclass

import numpy as np
import structlog
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.errors import PerfledgerError
from ledger.index.database import Index
from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.loading import changes
from ledger.index.queries.columns.loading import load
from ledger.index.queries.columns.source import ColumnSource
from ledger.index.queries.columns.table import Table
from ledger.index.queries.columns.whole import Whole
from ledger.index.tables import SyncState

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _State:
    """What is in memory, and of which state of the index.

    Attributes:
        revision: of the index.
        undone: revision at which rows were last deleted without a trace.
    """

    revision: int
    undone: int
    table: Table
    dictionaries: Dictionaries


class Columns:
    """The columns of one index, read in the background; safe for several threads.

    Until they are here the database answers. Wait for them before the index is closed.

    Args:
        index: what they are read from.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._state: _State | None = None
        self._whole = Whole()
        self._loading = threading.Thread(target=self._load, name="columns", daemon=True)
        self._loading.start()

    def wait(self) -> bool:
        """Wait until they were read, or could not be; returns whether they are here."""
        self._loading.join()
        return self._state is not None

    def source(self, connection: Connection, *, with_pending: bool) -> ColumnSource | None:
        """What answers as of a read transaction; None where the columns are not here yet.

        They are brought up to date first, by whoever comes first.

        Args:
            connection: the transaction.
            with_pending: whether records that no batch holds are there for the reader.
        """
        if self._state is None:
            return None
        with self._lock:
            self._state = state = _refreshed(connection, self._state)
        return ColumnSource(
            connection, state.table, state.dictionaries, self._whole, with_pending=with_pending
        )

    def _load(self) -> None:
        try:
            with self._index.read() as connection:
                self._state = _loaded(connection)
        except PerfledgerError as error:  # the database answers meanwhile, or says the same
            _log.warning("the columns could not be read", problem=error.message)


def _loaded(connection: Connection) -> _State:
    revision, undone = _marks(connection)
    values = Dictionaries.empty()
    return _State(revision, undone, load(connection, values), values)


def _refreshed(connection: Connection, state: _State) -> _State:
    revision, undone = _marks(connection)
    if revision <= state.revision:
        return state
    if undone > state.undone:
        return _loaded(connection)
    keys, rows = changes(connection, state.revision, state.dictionaries)
    table = state.table.changed(np.array(keys, np.int64), rows) if keys else state.table
    return _State(revision, undone, table, state.dictionaries)


def _marks(connection: Connection) -> tuple[int, int]:
    row = connection.execute(select(SyncState.revision, SyncState.undone)).one()
    return row.revision, row.undone
