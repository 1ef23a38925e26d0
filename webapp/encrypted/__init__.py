"""Encrypted records: that they exist, and nothing else."""

from webapp.encrypted.views import blueprint

__all__ = ["blueprint"]
