"""The outbox: what was acknowledged here, on its way to the chain. Kept on disk, never rebuilt.

    records ─► submissions ─► batches ─► one transaction each

Each arrow is one SQLite transaction with ``synchronous=FULL``. A process that is killed between
two of them finds, on the next start, exactly what was done and what is left.
"""

from pathlib import Path

from ledger.anchor.outbox.batches import BatchQueue
from ledger.anchor.outbox.records import RecordQueue
from ledger.anchor.outbox.reports import ReportJournal
from ledger.anchor.outbox.tables import SCHEMA
from ledger.chain import journal
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.journal import TransactionJournal
from ledger.store.database import Database


class Outbox:
    """The outbox in one file.

    Attributes:
        records: acknowledged records and signed submissions.
        batches: batches and their transactions.
        reports: what validators of this node signed.
        transactions: what the keys of this node sent to the chain.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA + journal.SCHEMA)
        self.records = RecordQueue(self._database)
        self.batches = BatchQueue(self._database)
        self.reports = ReportJournal(self._database)
        self.transactions = TransactionJournal(self._database, path.parent)

    @property
    def is_bound(self) -> bool:
        """Whether it belongs to a ledger yet."""
        with self._database.transaction() as connection:
            return connection.execute("SELECT 1 FROM ledger").fetchone() is not None

    def bind(self, deployment: Deployment) -> None:
        """Tie a new outbox to a ledger: what it signs and sends counts there only.

        Raises:
            WrongLedgerError: it belongs to another.
        """
        wanted = deployment.identity
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO ledger VALUES (1, ?)", (wanted,))
            found = connection.execute("SELECT identity FROM ledger").fetchone()[0]
        if found != wanted:
            raise WrongLedgerError(
                f"this home belongs to the ledger {found}, not to {wanted}",
                hint="Each ledger needs a home of its own: name another with --home, or set the "
                "chain that this one was made for.",
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()
