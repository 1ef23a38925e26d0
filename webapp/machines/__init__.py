"""Machine types: what ran on each, how fast against others, and how alike."""

from webapp.machines.views import blueprint

__all__ = ["blueprint"]
