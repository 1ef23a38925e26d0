"""Signing in with a wallet (ERC-4361), and out."""

from urllib.parse import urlsplit

from flask import Blueprint
from flask import jsonify
from flask import redirect
from flask import request
from flask import session
from flask import url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.accounts.sessions import SignInError
from webapp.bodies import Account
from webapp.bodies import Signature
from webapp.bodies import body_as
from webapp.problems import ForbiddenError
from webapp.serving import node
from webapp.who import CHALLENGE
from webapp.who import SESSION

blueprint = Blueprint("signing_in", __name__, url_prefix="/account")
"""Its own, as it is asked less often than pages are: see `webapp.limits`."""


class Asked(BaseModel):
    """Who wants to sign in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Account


class Answered(BaseModel):
    """What the wallet has signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signature: Signature


@blueprint.post("/challenge")
def challenge() -> ResponseReturnValue:
    """The message that an account's wallet is to sign."""
    asked = body_as(Asked)
    message = node().accounts.sessions.challenge(
        domain=request.host,
        uri=url_for("accounts.home", _external=True),
        account=asked.account,
        chain_id=node().deployment.chain_id,
    )
    session[CHALLENGE] = message.nonce
    return jsonify(message=message.text)


@blueprint.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Begin a session, in the browser that asked for the message and in no other."""
    _require_same_site()
    answered = body_as(Answered)
    nonce = session.pop(CHALLENGE, None)
    if not isinstance(nonce, str):
        raise SignInError(
            "this browser has asked for no message to sign",
            hint="Cookies have to be allowed for this site. Sign in again.",
        )
    secret = node().accounts.sessions.sign_in(
        nonce, bytes.fromhex(answered.signature[2:]), domain=request.host
    )
    _forget()
    session[SESSION] = secret
    return jsonify(next=url_for("accounts.home"))


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    _forget()
    return redirect(url_for("accounts.home"), 303)


def _forget() -> None:
    """Whatever the browser's cookie held before: nobody else may have chosen it (fixation)."""
    if isinstance(earlier := session.get(SESSION), str):
        node().accounts.sessions.end(earlier)
    session.clear()


def _require_same_site() -> None:
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise ForbiddenError(
            "another site's page sent this sign-in", hint="Sign in on the page of this node."
        )
