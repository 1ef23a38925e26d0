"""Revoking one's own records: what it does, the wallet that does it, and how far it has come."""

from webapp.revoking.views import blueprint

__all__ = ["blueprint"]
