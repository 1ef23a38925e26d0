"""What other nodes of the ledger ask this one."""

from webapp.peering.routes import blueprint

__all__ = ["blueprint"]
