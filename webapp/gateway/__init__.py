"""The IPFS Trustless Gateway protocol over what the node holds."""

from webapp.gateway.views import blueprint

__all__ = ["blueprint"]
