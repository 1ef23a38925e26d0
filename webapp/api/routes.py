"""The blueprint that the API's modules add their routes to."""

from flask import Blueprint
from flask import Response
from flask import request
from pydantic import BaseModel

from webapp.problems import CrossOriginError
from webapp.security import is_cross_origin

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def refuse_other_sites() -> None:
    """No page of another site may make a visitor's browser change anything here.

    Raises:
        CrossOriginError: one tried.
    """
    if is_cross_origin(request):
        raise CrossOriginError(
            "a page of another site sent this request", hint="Send it from a program instead."
        )


def answer(model: BaseModel, status: int = 200) -> Response:
    """A model as JSON."""
    return Response(model.model_dump_json(), status, mimetype="application/json")
