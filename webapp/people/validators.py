"""Pages of validators."""

from flask import Blueprint
from flask import render_template
from flask.typing import ResponseReturnValue

from webapp.serving import node

blueprint = Blueprint("validators", __name__, url_prefix="/validators", template_folder="templates")


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Everyone ever admitted, active ones first."""
    queries = node().queries
    return render_template(
        "people/validators.html", rows=queries.validators(), quorum=queries.overview().quorum
    )


@blueprint.get("/<address>")
def detail(address: str) -> ResponseReturnValue:
    """One validator: what they said, and how often others agreed."""
    queries = node().queries
    row = queries.validator(address)
    return render_template(
        "people/validator.html", row=row, attestations=queries.attestations(row.address)
    )
