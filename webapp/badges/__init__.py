"""Badges for READMEs: where a record, or the records of a filter, stand on the ledger."""

from webapp.badges.views import blueprint

__all__ = ["blueprint"]
