"""The first page: the ledger in figures, and what to do next."""

from webapp.overview.views import blueprint

__all__ = ["blueprint"]
