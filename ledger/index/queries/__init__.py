"""Answers questions about what is on the ledger, out of the index."""

from ledger.index.queries.listing import Sort
from ledger.index.queries.queries import Queries

__all__ = ["Queries", "Sort"]
