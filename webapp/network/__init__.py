"""The network: nodes that keep the ledger's data, and who holds what."""

from webapp.network.views import blueprint

__all__ = ["blueprint"]
