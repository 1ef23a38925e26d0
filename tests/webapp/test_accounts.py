"""Signing in, tokens and drafts, as browsers and programs ask for them."""

import re
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.accounts.tokens import Scope
from ledger.node import Node
from tests.webapp import forms
from webapp import create_app
from webapp.limits import SIGN_INS

ALICE: LocalAccount = Account.from_key("0x" + "a1" * 32)
BOB: LocalAccount = Account.from_key("0x" + "b2" * 32)

HOST = "http://localhost"

_runtimes = count(5000)


@pytest.fixture
def app(empty_node: Node) -> Flask:
    """A new one: it counts sign-ins from nought."""
    return create_app(empty_node)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def csrf(client: FlaskClient, base_url: str = HOST) -> str:
    html = client.get("/contribute", base_url=base_url).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token is not None
    return token[1]


def ask(
    client: FlaskClient, path: str, body: Any, base_url: str = HOST, **headers: str
) -> TestResponse:
    sent = {"X-CSRFToken": csrf(client, base_url), "Accept": "application/json", **headers}
    return client.post(f"/account/{path}", json=body, headers=sent, base_url=base_url)


def answer_of(client: FlaskClient, account: LocalAccount = ALICE) -> dict[str, str]:
    """What a wallet would sign the app's message with."""
    said = ask(client, "challenge", {"account": account.address}).get_json()["message"]
    signed = account.sign_message(encode_defunct(text=said))
    return {"signature": signed.signature.to_0x_hex()}


def sign_in(client: FlaskClient, account: LocalAccount = ALICE) -> None:
    response = ask(client, "sign-in", answer_of(client, account))
    assert response.status_code == 200, response.get_data(as_text=True)


def page(client: FlaskClient) -> str:
    return client.get("/account").get_data(as_text=True)


def make_token(client: FlaskClient, *scopes: str, name: str = "ci") -> str:
    made = forms.post(
        client, "/account/tokens", "/account", name=name, scope=list(scopes), days="30"
    )
    found = re.search(r'id="token-secret">([^<]+)<', made.get_data(as_text=True))
    assert found is not None, made.get_data(as_text=True)
    return found[1]


def bearing(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def rows() -> bytes:
    return b"job,framework,nodes,runtime_s\nwc,spark,2,%d\n" % next(_runtimes)


def test_signing_in_shows_the_account_and_signing_out_ends_it(client: FlaskClient):
    assert "Sign in with your wallet" in page(client)

    sign_in(client)
    inside = page(client)
    forms.post(client, "/account/sign-out", "/account")

    assert ALICE.address in inside
    assert "Sign in with your wallet" in page(client)


def test_what_one_person_sees_is_in_no_cache(client: FlaskClient):
    sign_in(client)

    assert client.get("/account").headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient):
    response = ask(client, "sign-in", answer_of(client))

    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, client: FlaskClient):
    sign_in(client)
    copied = client.get_cookie("perfledger_session")
    assert copied is not None
    forms.post(client, "/account/sign-out", "/account")
    thief = app.test_client()
    thief.set_cookie("perfledger_session", copied.value)

    assert "Sign in with your wallet" in page(thief)


def test_a_session_from_before_does_not_outlive_a_sign_in(app: Flask, client: FlaskClient):
    """Fixation: whoever gave the browser its cookie must not share the session that follows."""
    sign_in(client, BOB)
    planted = client.get_cookie("perfledger_session")
    assert planted is not None

    sign_in(client, ALICE)

    attacker = app.test_client()
    attacker.set_cookie("perfledger_session", planted.value)
    assert "Sign in with your wallet" in page(attacker)
    assert ALICE.address in page(client)


def test_an_answer_signs_in_the_browser_that_asked_and_no_other(app: Flask, client: FlaskClient):
    answer = answer_of(client)

    response = ask(app.test_client(), "sign-in", answer)

    assert response.status_code == 409
    assert "asked for no message" in response.get_json()["detail"]


def test_an_answer_is_taken_once(client: FlaskClient):
    answer = answer_of(client)
    assert ask(client, "sign-in", answer).status_code == 200
    forms.post(client, "/account/sign-out", "/account")

    assert ask(client, "sign-in", answer).status_code == 409


def test_another_accounts_signature_signs_nobody_in(client: FlaskClient):
    said = ask(client, "challenge", {"account": ALICE.address}).get_json()["message"]
    signature = BOB.sign_message(encode_defunct(text=said)).signature.to_0x_hex()

    response = ask(client, "sign-in", {"signature": signature})

    assert response.status_code == 409
    assert "Sign in with your wallet" in page(client)


def test_the_message_names_the_host_that_was_asked(client: FlaskClient):
    said = ask(client, "challenge", {"account": ALICE.address}, "http://127.0.0.1:9999")

    message = said.get_json()["message"]
    assert message.startswith("127.0.0.1:9999 wants you to sign in")
    assert "URI: http://127.0.0.1:9999/account" in message


@pytest.mark.parametrize("path", ["challenge", "sign-in"])
def test_other_sites_can_neither_ask_nor_answer(client: FlaskClient, path: str):
    body = answer_of(client) if path == "sign-in" else {"account": ALICE.address}

    without = client.post(f"/account/{path}", json=body)

    assert without.status_code == 400


def test_a_sign_in_from_another_origin_is_refused(client: FlaskClient):
    response = ask(client, "sign-in", answer_of(client), Origin="https://evil.example")

    assert response.status_code == 403


def test_too_many_sign_ins_are_held_up(client: FlaskClient):
    allowed = int(SIGN_INS.split()[0])
    token = csrf(client)
    body = {"account": ALICE.address}
    sent = {"X-CSRFToken": token, "Accept": "application/json"}

    statuses = [
        client.post("/account/challenge", json=body, headers=sent).status_code
        for _ in range(allowed + 1)
    ]

    assert statuses == [200] * allowed + [429]


@pytest.mark.parametrize(
    "body", [{}, {"account": "x"}, {"account": 7}, [], "x", {"a": "b" * 70_000}]
)
def test_a_challenge_for_nobody_is_refused(client: FlaskClient, body: Any):
    assert ask(client, "challenge", body).status_code == 400


def test_without_signing_in_there_are_no_tokens(client: FlaskClient):
    token = csrf(client)

    made = client.post("/account/tokens", data={"csrf_token": token, "name": "x", "days": "7"})

    assert made.status_code == 401


def test_a_token_is_shown_once_and_listed_without_its_secret(client: FlaskClient):
    sign_in(client)

    secret = make_token(client, "read", name="nightly <b>runs</b>")

    listed = page(client)
    assert "nightly &lt;b&gt;runs&lt;/b&gt;" in listed
    assert secret not in listed
    assert ">never<" in listed


def test_a_token_says_what_it_is_good_for(client: FlaskClient):
    sign_in(client)
    secret = make_token(client, "read", "drafts")

    said = client.get("/api/v1/token", headers=bearing(secret)).get_json()

    assert (said["account"], said["scopes"]) == (ALICE.address, ["drafts", "read"])


def test_a_revoked_token_is_refused(client: FlaskClient, empty_node: Node):
    sign_in(client)
    secret = make_token(client, "read", name="revoked")
    (token,) = [
        each for each in empty_node.accounts.tokens.of(ALICE.address) if each.name == "revoked"
    ]
    forms.post(client, f"/account/tokens/{token.id}/revoke", "/account")

    response = client.get("/api/v1/token", headers=bearing(secret))

    assert response.status_code == 401
    assert "revoked" in response.get_json()["detail"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer perfledger_x", "Bearer " + "x" * 9000]
)
def test_what_is_no_token_is_refused_with_the_way_to_one(client: FlaskClient, header: str):
    response = client.get("/api/v1/drafts", headers={"Authorization": header})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Account" in response.get_json()["hint"]


def test_a_token_is_good_for_its_scopes_only(client: FlaskClient, empty_node: Node):
    reading, _ = empty_node.accounts.tokens.make(ALICE.address, "r", [Scope.READ], 1)
    writing, _ = empty_node.accounts.tokens.make(ALICE.address, "w", [Scope.DRAFTS], 1)

    refused = [
        client.post("/api/v1/drafts", data=rows(), headers=bearing(reading)),
        client.get("/api/v1/drafts", headers=bearing(writing)),
    ]

    assert [each.status_code for each in refused] == [403, 403]


def test_a_draft_of_a_program_waits_for_its_owners_signature(
    app: Flask, client: FlaskClient, empty_node: Node
):
    secret, _ = empty_node.accounts.tokens.make(ALICE.address, "both", list(Scope), 1)
    form = {"file": (BytesIO(rows()), "nightly.csv")}
    made = app.test_client().post("/api/v1/drafts", data=form, headers=bearing(secret))
    draft = made.get_json()["draft"]

    listed = client.get("/api/v1/drafts", headers=bearing(secret)).get_json()["drafts"]
    sign_in(client)

    assert (made.status_code, made.get_json()["new"]) == (201, 1)
    assert draft["id"] in [each["id"] for each in listed]
    assert "nightly.csv" in page(client)
    assert "1 record in nightly.csv" in client.get(draft["url"]).get_data(as_text=True)


def test_drafts_are_listed_to_and_deleted_by_their_owner_alone(
    app: Flask, client: FlaskClient, empty_node: Node
):
    secrets = {
        account: empty_node.accounts.tokens.make(account, "t", list(Scope), 1)[0]
        for account in (ALICE.address, BOB.address)
    }
    made = client.post("/api/v1/drafts", data=rows(), headers=bearing(secrets[ALICE.address]))
    identifier = made.get_json()["draft"]["id"]
    path = f"/api/v1/drafts/{identifier}"

    others = client.get("/api/v1/drafts", headers=bearing(secrets[BOB.address])).get_json()
    by_other = client.delete(path, headers=bearing(secrets[BOB.address]))
    by_owner = client.delete(path, headers=bearing(secrets[ALICE.address]))

    assert identifier not in str(others)
    assert by_other.status_code == 404
    assert by_owner.status_code == 204
    assert client.get(f"/contribute/preview/{identifier}").status_code == 404


def test_what_is_uploaded_while_signed_in_is_among_the_drafts(client: FlaskClient):
    sign_in(client)
    form = forms.file(rows(), "mine.csv")
    uploaded = forms.post(client, "/contribute", "/contribute", file=form)
    token = uploaded.headers["Location"].rpartition("/")[2]

    before = page(client)
    forms.post(client, f"/account/drafts/{token}/delete", "/account")

    assert f"/contribute/preview/{token}" in before
    assert f"/contribute/preview/{token}" not in page(client)
