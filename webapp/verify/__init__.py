"""Verifying a record: step by step, to one named result."""

from webapp.verify.views import blueprint

__all__ = ["blueprint"]
