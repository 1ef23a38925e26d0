"""How long a run will take, on what, at what cost, how sure: the page and what answers it."""

from webapp.advice.views import blueprint

__all__ = ["blueprint"]
