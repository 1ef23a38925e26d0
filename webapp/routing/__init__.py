"""Delegated Routing: who has what, as far as the node knows."""

from webapp.routing.views import blueprint

__all__ = ["blueprint"]
