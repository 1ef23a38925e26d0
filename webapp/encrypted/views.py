"""Pages of records that are encrypted for a group.

The app opens none of them, whoever asks: it shows to members what it shows to everybody.
"""

from flask import Blueprint
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from webapp.serving import queries

blueprint = Blueprint("encrypted", __name__, url_prefix="/encrypted", template_folder="templates")

PER_PAGE = 50


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Encrypted records, the latest first."""
    after = request.args.get("after") or None
    return render_template(
        "encrypted/list.html",
        found=queries().envelopes(limit=PER_PAGE, after=after),
        after=after,
    )


@blueprint.get("/<cid>")
def detail(cid: str) -> ResponseReturnValue:
    """What is known of one; the beginning of a CID leads to it."""
    found = queries().envelope(cid)
    if found.row.cid != cid:
        return redirect(f"{blueprint.url_prefix}/{found.row.cid}")
    return render_template("encrypted/detail.html", detail=found, row=found.row)
