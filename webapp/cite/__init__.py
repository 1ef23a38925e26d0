"""Citing records, batches and questions, and embedding their badges."""

from webapp.cite.views import blueprint
from webapp.cite.views import init_app

__all__ = ["blueprint", "init_app"]
