"""The JSON API, its description, and the pages that describe it."""

from webapp.api import advice as _advice
from webapp.api import batches as _batches
from webapp.api import contributions as _contributions
from webapp.api import description as _description
from webapp.api import drafts as _drafts
from webapp.api import envelopes as _envelopes
from webapp.api import hooks as _hooks
from webapp.api import insight as _insight
from webapp.api import ledger as _ledger
from webapp.api import network as _network
from webapp.api import people as _people
from webapp.api import records as _records
from webapp.api import revocations as _revocations
from webapp.api import submissions as _submissions
from webapp.api import verification as _verification
from webapp.api.reference import pages
from webapp.api.routes import blueprint

__all__ = ["blueprint", "pages"]

_REGISTERED = (
    _records,
    _batches,
    _envelopes,
    _people,
    _insight,
    _advice,
    _contributions,
    _submissions,
    _revocations,
    _drafts,
    _hooks,
    _verification,
    _ledger,
    _network,
    _description,
)
"""Imported for the operations that they add."""
