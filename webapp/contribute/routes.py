"""The blueprint that the pages of contributing add their routes to, and the uploads they show."""

from flask import Blueprint
from flask import Response
from flask import request
from flask import url_for

from webapp.contribute import for_group
from webapp.contribute import groups
from webapp.contribute.staging import Staging
from webapp.contribute.staging import gone
from webapp.serving import node
from webapp.who import signed_in

blueprint = Blueprint("contribute", __name__, url_prefix="/contribute", template_folder="templates")


def staging() -> Staging:
    """The uploads of this node that are for everybody."""
    settings = node().settings
    return Staging(settings.home, most_bytes=settings.staged_bytes)


def staging_of(token: str) -> Staging:
    """Where the upload of a token is, if whoever asks may see it.

    Where it is says for whom it is: what lies in the folder of groups is nobody else's, whatever
    else there is to know of it.

    Raises:
        UnauthorizedError: it is for a group, and nobody has signed in who may contribute for it.
        ForbiddenError: it is for a group, and who has signed in may not contribute for it.
        NotFoundError: it is for a group, and somebody else's, or the group is not known any more.
    """
    served = node()
    if not served.settings.groups_path.is_dir():
        return staging()
    uploads = for_group.staging(served)
    if not uploads.holds(token):
        return staging()
    outcome = uploads.outcome(token)
    found = uploads.get(token) if outcome is None else for_group.kept_in(outcome)
    if found is None or found.group is None:
        raise gone()
    groups.require(served, signed_in(), found.group)
    if found.owner not in {None, signed_in()}:
        raise gone()
    return uploads


@blueprint.after_request
def keep_no_copy(response: Response) -> Response:
    """Of what a group alone may read, no browser that is shared keeps a copy."""
    token = (request.view_args or {}).get("token")
    served = node()
    if token and served.settings.groups_path.is_dir() and for_group.staging(served).holds(token):
        response.headers["Cache-Control"] = "no-store"
    return response


def address_of(token: str, outcome: str) -> str:
    """The page of what became of an upload."""
    if for_group.kept_in(outcome) is None:
        return url_for("contribute.follow", identifier=outcome)
    return url_for("contribute.kept", token=token)
