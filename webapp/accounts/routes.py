"""The blueprint that the account's pages add their routes to."""

from flask import Blueprint
from flask import Response

blueprint = Blueprint("accounts", __name__, url_prefix="/account", template_folder="templates")


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    """What is shown to one person stays in no cache."""
    response.headers["Cache-Control"] = "no-store"
    return response
