"""Follows the chain: events become rows, blocks become records, reports become statuses."""

from ledger.index.sync.syncer import Progress
from ledger.index.sync.syncer import Sync
from ledger.index.sync.syncer import SyncResult

__all__ = ["Progress", "Sync", "SyncResult"]
