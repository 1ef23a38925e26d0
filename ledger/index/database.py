"""An opened index: its transactions, and the records that are not on chain yet."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Engine
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import DataError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import NotSupportedError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ledger.errors import UnavailableError
from ledger.index import engine as engines
from ledger.index import migrate
from ledger.index.claims import LOOKUP
from ledger.index.claims import elect
from ledger.index.claims import vouched
from ledger.index.rows import columns_of
from ledger.index.tables import Base
from ledger.index.tables import Record as Records
from ledger.index.tables import SyncState
from ledger.index.views import LedgerStatus
from ledger.record.cid import Digest
from ledger.record.schema import Record
from ledger.store.files import UnusableFileError

PendingRecord = tuple[Digest, Record, str | None]
"""A record acknowledged here, with its contributor once it is signed."""

_PENDING_AT_ONCE = 5_000


_REBUILD = (
    "It holds nothing that cannot be rebuilt: where its file is damaged, delete it and start again."
)


class IndexUnavailableError(UnavailableError):
    """The database of the index does not answer, or is not an index."""


_CAUSES = "Is the disk full, or the file another user's, or damaged? `perfledger doctor` looks. "

_OURS = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""What a database says of a statement, not of itself."""


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    """Turns what a database says of itself into an error a user understands.

    Raises:
        IndexUnavailableError: it is locked, full, damaged, gone.
    """
    try:
        yield
    except _OURS:
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        raise IndexUnavailableError(
            f"the index at {_name_of(engine)} does not answer: "
            f"{getattr(error, 'orig', None) or error}",
            hint=_CAUSES + _REBUILD,
        ) from error


def _name_of(engine: Engine) -> str:
    """Its URL without what may be secret: a password can stand in the query too."""
    return engine.url.set(query={}).render_as_string(hide_password=True)


class Index:
    """The index in one database; safe for several threads and processes.

    Everything in it can be rebuilt: the anchored part from the chain and the blocks, the pending
    part from the outbox.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the index.

        Raises:
            IndexUnavailableError: the database does not answer, or its file is damaged.
        """
        with _answering(self._engine), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that alone writes, and raises the revision; rolled back on an error.

        Raises:
            IndexUnavailableError: the database does not answer, or cannot be written.
            IntegrityError: what is written contradicts itself, or what is there.
        """
        with _answering(self._engine), self._engine.connect() as connection:
            connection = connection.execution_options(**{engines.WRITES: True})  # noqa: PLW2901
            with connection.begin():
                # Taking the row first makes writers wait for each other on every database.
                connection.execute(
                    update(SyncState)
                    .values(revision=SyncState.revision + 1)
                    .where(SyncState.id == 1)
                )
                yield connection

    @property
    def kind(self) -> str:
        """Which database it is in: ``sqlite``, ``postgresql``."""
        return self._engine.dialect.name

    def revision(self) -> int:
        """Rises with every change, by whichever process."""
        with self.read() as connection:
            return connection.execute(select(SyncState.revision)).scalar_one()

    def add_pending(self, rows: Iterable[PendingRecord]) -> int:
        """Show records that are acknowledged here and not yet anchored; returns how many are new.

        Adding a record again is harmless, and the way to name its contributor once it is signed.
        """
        added = 0
        remaining = iter(rows)
        while chunk := list(islice(remaining, _PENDING_AT_ONCE)):
            prepared = [
                {"digest": digest, "contributor": contributor, **columns_of(record)}
                for digest, record, contributor in chunk
            ]
            with self.write() as connection:
                added += _add_pending(connection, prepared)
        return added

    def name_contributor(self, digests: Sequence[Digest], contributor: str) -> list[Digest]:
        """Say who signed pending records; returns those that are not listed as pending."""
        absent: list[Digest] = []
        for start in range(0, len(digests), _PENDING_AT_ONCE):
            chunk = digests[start : start + _PENDING_AT_ONCE]
            with self.write() as connection:
                listed = _pending(connection, chunk)
                _name(connection, [each for each in chunk if each in listed], contributor)
            absent.extend(digest for digest in chunk if digest not in listed)
        return absent

    def has(self, digests: Iterable[Digest]) -> set[Digest]:
        """Those of the digests that are known here, pending or anchored."""
        found: set[Digest] = set()
        remaining = iter(digests)
        with self.read() as connection:
            while chunk := list(islice(remaining, LOOKUP)):
                query = select(Records.digest).where(Records.digest.in_(chunk))
                found.update(
                    Digest(bytes(digest)) for digest in connection.execute(query).scalars()
                )
        return found

    def vouched(self, digests: Sequence[Digest]) -> set[Digest]:
        """Those of the digests that somebody stands by on chain (see `ledger.index.claims`)."""
        with self.read() as connection:
            return vouched(connection, digests)

    def clear(self) -> None:
        """Drop everything and start with empty tables; sync and `add_pending` bring it back."""
        with self.write() as connection:
            revision = connection.execute(select(SyncState.revision)).scalar_one()
            engines.empty(connection, Base.metadata)
            _migrate(connection, revision=revision)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def open_index(location: str) -> Index:
    """Open the index at an SQLAlchemy URL, making or migrating its tables where needed.

    Raises:
        UnusableIndexError: the URL names no database known here.
        NewerIndexError: a newer version of perfledger wrote it.
        IndexUnavailableError: it does not answer, or the file is no database.
    """
    try:
        engine = engines.create(location)
    except UnusableFileError as error:
        raise IndexUnavailableError(error.message, hint=_REBUILD) from error
    try:
        with engine.connect() as connection:
            connection = connection.execution_options(**{engines.WRITES: True})  # noqa: PLW2901
            with connection.begin():
                _migrate(connection)
    except DatabaseError as error:
        engine.dispose()
        kind = "does not answer" if isinstance(error, OperationalError) else "is not usable"
        raise IndexUnavailableError(
            f"the index at {_name_of(engine)} {kind}: {error.orig}",
            hint=_REBUILD,
        ) from error
    except BaseException:
        engine.dispose()
        raise
    return Index(engine)


def inspect_index(location: str) -> Index:
    """Open the index at an SQLAlchemy URL as it is, to look at it: nothing is made or migrated.

    Raises:
        MissingIndexError: there is none.
        OlderIndexError: its tables are not up to date.
        NewerIndexError: a newer version of perfledger wrote it.
        IndexUnavailableError: it does not answer, or the file is no database.
    """
    engine = engines.create(location, read_only=True)
    try:
        with _answering(engine), engine.connect() as connection:
            migrate.require_current(connection)
    except BaseException:
        engine.dispose()
        raise
    return Index(engine)


def _migrate(connection: Connection, *, revision: int = 1) -> None:
    """The revision goes on from before a rebuild: what was remembered must not look current."""
    migrate.upgrade(connection)
    if connection.execute(select(SyncState.id)).first() is None:
        connection.execute(insert(SyncState).values(id=1, revision=revision, undone=revision))


def _add_pending(connection: Connection, rows: list[dict[str, Any]]) -> int:
    by_digest: dict[bytes, dict[str, Any]] = {row["digest"]: row for row in rows}
    pending: dict[bytes, str | None] = {}
    anchored: set[bytes] = set()
    digests = list(by_digest)
    for start in range(0, len(digests), LOOKUP):
        query = select(Records.digest, Records.batch, Records.contributor).where(
            Records.digest.in_(digests[start : start + LOOKUP])
        )
        for digest, batch, contributor in connection.execute(query):
            if batch is None:
                pending[bytes(digest)] = contributor
            else:
                anchored.add(bytes(digest))
    new = [
        {
            **row,
            "listed": digest not in anchored,
            "status": LedgerStatus.PENDING.value,
            "accepted": 0,
            "rejected": 0,
        }
        for digest, row in by_digest.items()
        if digest not in pending
    ]
    if new:
        connection.execute(insert(Records), new)
    signed: dict[str, list[bytes]] = {}
    for digest, known in pending.items():
        named = by_digest[digest]["contributor"]
        if named is not None and named != known:
            signed.setdefault(named, []).append(digest)
    for contributor, concerned in signed.items():
        _name(connection, concerned, contributor)
    elect(connection, sorted(anchored))
    return len(new)


def _pending(connection: Connection, digests: Sequence[bytes]) -> set[bytes]:
    """Those of the digests that are listed as pending."""
    found: set[bytes] = set()
    for start in range(0, len(digests), LOOKUP):
        query = select(Records.digest).where(
            Records.batch.is_(None), Records.digest.in_(digests[start : start + LOOKUP])
        )
        found.update(bytes(digest) for digest in connection.execute(query).scalars())
    return found


def _name(connection: Connection, digests: Sequence[bytes], contributor: str) -> None:
    for start in range(0, len(digests), LOOKUP):
        connection.execute(
            update(Records)
            .where(Records.batch.is_(None), Records.digest.in_(digests[start : start + LOOKUP]))
            .values(contributor=contributor)
        )
