"""The JSON API, and the page that describes it."""

from webapp.api import contributions as _contributions
from webapp.api import insight as _insight
from webapp.api import ledger as _ledger
from webapp.api import network as _network
from webapp.api import records as _records
from webapp.api import verification as _verification
from webapp.api.reference import pages
from webapp.api.routes import blueprint

__all__ = ["blueprint", "pages"]

_REGISTERED = (_contributions, _insight, _ledger, _network, _records, _verification)
"""Imported for the routes that they add."""
