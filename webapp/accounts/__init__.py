"""Accounts: signing in with a wallet, drafts, API tokens."""

from webapp.accounts import views as _views
from webapp.accounts.routes import blueprint
from webapp.accounts.signing_in import blueprint as signing_in

__all__ = ["blueprint", "signing_in"]

_REGISTERED = (_views,)
"""Imported for the routes that it adds."""
