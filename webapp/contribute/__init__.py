"""Contributing records: upload, preview, sign, follow to the chain."""

from webapp.contribute import correcting as _correcting
from webapp.contribute import mapping as _mapping
from webapp.contribute import signing as _signing
from webapp.contribute import views as _views
from webapp.contribute.routes import blueprint

__all__ = ["blueprint"]

_REGISTERED = (_correcting, _mapping, _signing, _views)
"""Imported for the routes that they add."""
