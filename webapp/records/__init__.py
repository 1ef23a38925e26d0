"""Browsing records, and everything about one."""

from webapp.records.views import blueprint

__all__ = ["blueprint"]
