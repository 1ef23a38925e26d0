"""Whose signed records a node takes: its operator pays for the anchors."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.accounts.tokens import Scope
from ledger.errors import SettingsError
from ledger.node import Node
from tests.webapp import forms
from tests.webapp.anvils import ledger_on_anvil
from tests.webapp.test_accounts import ALICE
from tests.webapp.test_accounts import BOB
from tests.webapp.test_accounts import bearing
from tests.webapp.test_accounts import make_token
from tests.webapp.test_accounts import page
from tests.webapp.test_accounts import sign_in
from tests.webapp.test_submissions import records
from tests.webapp.test_submissions import refusal
from tests.webapp.test_submissions import signed
from webapp import create_app

_runtimes = count(9000)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("admission") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0)) as node:
        node.connect()
    return home


@contextmanager
def served(home: Path, **chosen: Any) -> Iterator[tuple[Node, FlaskClient]]:
    """A node on which nobody but visitors signs; others than this machine reach it."""
    public = {"app_host": "0.0.0.0", **chosen}
    with Node(settings.load(home, app_port=0, chain_port=0, **public)) as node:
        node.connect()
        yield node, create_app(node).test_client()


def submit(client: FlaskClient, secret: str = "", key: Any = ALICE) -> Any:
    body = signed(client, {"records": records(1)}, key)
    headers = bearing(secret) if secret else {}
    return client.post("/api/v1/submissions", json=body, headers=headers)


def preview(client: FlaskClient) -> str:
    rows = f"job,framework,nodes,runtime_s\nwc,spark,2,{next(_runtimes)}\n"
    return str(forms.post(client, "/contribute", "/contribute", text=rows).headers["Location"])


def lay_out(client: FlaskClient) -> Any:
    path = preview(client)
    token = forms.token_of(client, "/contribute")
    sent = {"X-CSRFToken": token, "Accept": "application/json"}
    return client.post(f"{path}/to-sign", json={}, headers=sent)


def test_an_app_that_others_reach_takes_nothing_from_strangers(founded: Path):
    with served(founded) as (node, client):
        before = node.unsigned()

        answer = submit(client)
        on_the_page = lay_out(client)

        assert "401 this needs an API token" in refusal(answer)
        assert on_the_page.status_code == 401
        assert node.unsigned() == before


def test_an_app_that_only_this_machine_reaches_takes_everybodys(founded: Path):
    with served(founded, app_host="127.0.0.1") as (_, client):
        assert submit(client).status_code == 201
        assert lay_out(client).status_code == 200


def test_a_proxy_makes_an_app_one_that_others_reach(founded: Path):
    with served(founded, app_host="127.0.0.1", trusted_proxies="127.0.0.1") as (_, client):
        assert submit(client).status_code == 401


def test_an_operator_may_take_everybodys_and_nobodys(founded: Path):
    with served(founded, take_signed="everybody") as (_, client):
        assert submit(client).status_code == 201
    with served(founded, take_signed="nobody", app_host="127.0.0.1") as (_, client):
        assert "403 this node takes no contributions" in refusal(submit(client))
        assert lay_out(client).status_code == 403


def test_a_token_of_a_named_account_lets_its_programs_contribute(founded: Path):
    with served(founded, contributors=ALICE.address.lower()) as (_, client):
        sign_in(client)
        secret = make_token(client, "contribute")

        answer = submit(client, secret, key=BOB)

        assert answer.status_code == 201
        assert answer.get_json()["contributor"] == BOB.address, "who signs need not be who pays"


def test_a_token_for_other_things_does_not(founded: Path):
    with served(founded, contributors=ALICE.address) as (node, client):
        secret, _ = node.accounts.tokens.make(ALICE.address, "t", [Scope.READ, Scope.DRAFTS], 1)

        assert "403 this token is not good for 'contribute'" in refusal(submit(client, secret))


def test_who_is_not_named_any_more_contributes_no_more(founded: Path):
    with served(founded, contributors=BOB.address) as (node, client):
        secret, _ = node.accounts.tokens.make(ALICE.address, "old", [Scope.CONTRIBUTE], 1)

        assert "403" in refusal(submit(client, secret))


def test_only_named_accounts_are_offered_the_scope(founded: Path):
    with served(founded, contributors=BOB.address) as (_, client):
        sign_in(client, ALICE)
        offered = 'value="contribute"' in page(client)
        asked = forms.post(
            client, "/account/tokens", "/account", name="x", scope=["contribute"], days="30"
        )
        sign_in(client, BOB)

        assert not offered
        assert asked.status_code == 403
        assert 'value="contribute"' in page(client)


def test_a_named_account_that_has_signed_in_contributes_on_the_page(founded: Path):
    with served(founded, contributors=ALICE.address) as (_, client):
        stranger = client.get(preview(client)).get_data(as_text=True)
        sign_in(client, ALICE)

        assert lay_out(client).status_code == 200
        sign_in(client, BOB)
        assert lay_out(client).status_code == 403
        assert 'id="wallet"' not in stranger


def test_where_nobody_signs_for_visitors_the_page_leads_to_the_sign_in_and_back(
    tmp_path: Path,
):
    chosen = {"app_host": "0.0.0.0", "contributors": ALICE.address}
    with ledger_on_anvil(tmp_path, **chosen) as (node, _):
        client = create_app(node).test_client()
        assert "its operator has named" in client.get("/contribute").get_data(as_text=True)
        path = preview(client)
        token = path.rpartition("/")[2]

        html = client.get(path).get_data(as_text=True)

        assert "its operator has named" in html
        assert f'href="/account?draft={token}"' in html
        led = client.get(f"/account?draft={token}").get_data(as_text=True)
        assert f'data-then="{path}"' in led
        assert client.get("/account?draft=../../etc/passwd").status_code == 404


@pytest.mark.parametrize("old", ["true", "False", "1", "no"])
def test_a_truth_value_of_before_is_refused_with_what_to_write(
    founded: Path, monkeypatch: pytest.MonkeyPatch, old: str
):
    monkeypatch.setenv("PERFLEDGER_TAKE_SIGNED", old)

    with pytest.raises(SettingsError, match="write everybody where it was true"):
        settings.load(founded)


def test_an_address_that_is_none_is_refused_at_the_start(founded: Path):
    with (
        pytest.raises(SettingsError, match="contributors: not an Ethereum address"),
        served(founded, contributors="0x12"),
    ):
        pass
