"""Contributing records: paste or upload, preview, sign, follow to the chain."""

from webapp.contribute.views import blueprint

__all__ = ["blueprint"]
