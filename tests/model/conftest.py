"""A ledger of one's own for each test."""

from tests.cli.conftest import founded
from tests.cli.conftest import new_home

__all__ = ["founded", "new_home"]
