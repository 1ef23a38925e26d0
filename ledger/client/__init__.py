"""A typed client of the JSON API of any node's app."""

from ledger.client.client import Client
from ledger.client.http import ServerHTTP

__all__ = ["Client", "ServerHTTP"]
