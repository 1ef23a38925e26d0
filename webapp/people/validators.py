"""Pages of validators."""

from flask import Blueprint
from flask import render_template
from flask.typing import ResponseReturnValue

from webapp.serving import queries

blueprint = Blueprint("validators", __name__, url_prefix="/validators", template_folder="templates")


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Everyone ever admitted, active ones first."""
    answers = queries()
    return render_template(
        "people/validators.html", rows=answers.validators(), quorum=answers.overview().quorum
    )


@blueprint.get("/<address>")
def detail(address: str) -> ResponseReturnValue:
    """One validator: what they said, and how often others agreed."""
    answers = queries()
    row = answers.validator(address)
    return render_template(
        "people/validator.html", row=row, attestations=answers.attestations(row.address)
    )
