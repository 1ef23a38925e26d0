"""The blueprint that the pages of contributing add their routes to."""

from flask import Blueprint

from webapp.contribute.staging import Staging
from webapp.serving import node

blueprint = Blueprint("contribute", __name__, url_prefix="/contribute", template_folder="templates")


def staging() -> Staging:
    """The uploads of this node."""
    settings = node().settings
    return Staging(settings.home, most_bytes=settings.staged_bytes)
