"""Records, or groups of them, side by side."""

from webapp.compare.views import blueprint

__all__ = ["blueprint"]
