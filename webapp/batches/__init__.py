"""Batches: what one transaction anchored, and who vouches for it."""

from webapp.batches.views import blueprint

__all__ = ["blueprint"]
