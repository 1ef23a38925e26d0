"""The account's page: drafts and tokens of who is signed in."""

from datetime import UTC
from datetime import datetime

from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.accounts.tokens import Scope
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.index.filters import Filter
from webapp import chains
from webapp.accounts.routes import blueprint
from webapp.contribute import admission
from webapp.contribute.routes import staging
from webapp.problems import ForbiddenError
from webapp.serving import node
from webapp.serving import queries
from webapp.who import require_signed_in
from webapp.who import signed_in

RECORDS_SHOWN = 20

LIFETIMES = (7, 30, 90, 365)
"""Days that a token may be given."""

_ALLOWED = {Scope.CONTRIBUTE, Scope.HOOKS}
"""What the operator has to let an account do."""


@blueprint.get("")
def home() -> ResponseReturnValue:
    """The account of who is signed in, or the way to sign in."""
    account = signed_in()
    if account is None:
        return render_template(
            "accounts/sign_in.html", chain=chains.wallet_chain(node()), then=_then()
        )
    return _page(account)


@blueprint.post("/tokens")
def make_token() -> ResponseReturnValue:
    """A new token; its secret is on this page and never again."""
    account = require_signed_in()
    days = request.form.get("days", "")
    if days not in map(str, LIFETIMES):
        raise InvalidInputError(
            f"{days[:20]!r} is no lifetime of a token", hint="Choose one of the list."
        )
    scopes = [Scope(each) for each in request.form.getlist("scope") if each in set(Scope)]
    if not set(scopes) <= set(_scopes(account)):
        raise ForbiddenError(
            f"{account} is none of the accounts whose anchors this node pays for",
            hint="Its operator names them in PERFLEDGER_CONTRIBUTORS.",
        )
    secret, made = node().accounts.tokens.make(
        account, request.form.get("name", ""), scopes, int(days)
    )
    return _page(account, secret=secret, made=made.id)


@blueprint.post("/tokens/<identifier>/revoke")
def revoke_token(identifier: str) -> ResponseReturnValue:
    """Take a token back."""
    node().accounts.tokens.revoke(require_signed_in(), identifier)
    return redirect(url_for("accounts.home", _anchor="tokens"), 303)


@blueprint.post("/drafts/<token>/delete")
def delete_draft(token: str) -> ResponseReturnValue:
    """Delete an upload that was not signed."""
    account = require_signed_in()
    if staging().get(token).owner != account:
        raise NotFoundError("you have no such draft", hint="The account's page lists them.")
    staging().drop(token)
    return redirect(url_for("accounts.home", _anchor="drafts"), 303)


def _then() -> str:
    """Where a sign-in leads: never what an address says, but the page of what it names."""
    if (named := request.args.get("record")) is not None:
        return url_for("revoking.form", cid=queries().row(named).cid)
    if (draft := request.args.get("draft")) is not None:
        staging().get(draft)
        return url_for("contribute.preview", token=draft)
    return url_for("accounts.home")


def _scopes(account: str) -> list[Scope]:
    """What a token of an account may be good for."""
    allowed = admission.may_contribute(node(), account)
    return [each for each in Scope if allowed or each not in _ALLOWED]


def _page(account: str, *, secret: str = "", made: str = "") -> str:
    drafts = [
        (token, upload, datetime.fromtimestamp(changed_at, UTC))
        for token, upload, changed_at in staging().owned_by(account)
    ]
    return render_template(
        "accounts/home.html",
        account=account,
        records=queries().records(Filter(contributor=(account,)), limit=RECORDS_SHOWN),
        drafts=drafts,
        tokens=node().accounts.tokens.of(account),
        now=datetime.now(UTC),
        scopes=_scopes(account),
        lifetimes=LIFETIMES,
        secret=secret,
        made=made,
    )
