"""The pages of revoking a record."""

import re

from flask import Blueprint
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.errors import InvalidInputError
from ledger.index.views import LedgerStatus
from webapp import chains
from webapp.contribute.progress import Finality
from webapp.problems import ForbiddenError
from webapp.revoking.steps import steps
from webapp.revoking.who import may_by_app
from webapp.revoking.who import may_by_wallet
from webapp.serving import node
from webapp.serving import queries
from webapp.who import signed_in

blueprint = Blueprint("revoking", __name__, url_prefix="/records", template_folder="templates")

_HASH = re.compile(r"0x[0-9a-f]{64}")


@blueprint.get("/<cid>/revoke")
def form(cid: str) -> ResponseReturnValue:
    """What revoking does, and the way to do it for who may."""
    row = queries().row(cid)
    if row.status is LedgerStatus.REVOKED:
        return redirect(url_for("revoking.follow", cid=row.cid), 303)
    return render_template(
        "revoking/form.html",
        row=row,
        account=signed_in(),
        by_wallet=may_by_wallet(row),
        by_app=may_by_app(row),
        chain=chains.wallet_chain(node()),
    )


@blueprint.post("/<cid>/revoke")
def revoke(cid: str) -> ResponseReturnValue:
    """Revoke it with the development account that contributed it."""
    row = queries().row(cid)
    if not may_by_app(row):
        raise ForbiddenError(
            "the app signs with development accounts only, and this record is none of theirs",
            hint="Its contributor revokes it with a wallet on this page, or with "
            f"`perfledger revoke {row.cid[:16]}…` on a node that has the key.",
        )
    transaction = node().revoke(row.cid)
    return redirect(url_for("revoking.follow", cid=row.cid, transaction=transaction), 303)


@blueprint.get("/<cid>/revocation")
def follow(cid: str) -> ResponseReturnValue:
    """How far it has come; the page keeps itself up to date."""
    row = queries().row(cid)
    found = node().revocation(row.cid, _transaction())
    _, head = queries().progress()
    return render_template(
        "revoking/follow.html",
        row=row,
        revocation=found,
        steps=steps(found, Finality(head, node().settings.depth_of_finality)),
    )


def _transaction() -> str | None:
    named = request.args.get("transaction", "").strip().lower()
    if named and not _HASH.fullmatch(named):
        raise InvalidInputError(
            f"{named[:80]!r} is not the hash of a transaction",
            hint="It is 0x and 64 hex digits; your wallet shows it.",
        )
    return named or None
