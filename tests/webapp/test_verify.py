"""The verify page as it is sent, and the server's own check: each step, and one named result."""

import json

import pytest
from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.node import Node
from tests.webapp import forms


def accepted_cid(node: Node) -> str:
    return node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid


def test_a_cid_is_verified_down_to_the_quorum(client: FlaskClient, ledger_node: Node) -> None:
    html = client.get(f"/verify/server?cid={accepted_cid(ledger_node)}").get_data(as_text=True)

    assert 'data-ok="true">valid<' in html
    assert "Quorum" in html
    assert 'data-state="failed"' not in html


def test_it_is_called_this_servers_word(client: FlaskClient, ledger_node: Node) -> None:
    cid = accepted_cid(ledger_node)

    html = client.get(f"/verify/server?cid={cid}").get_data(as_text=True)

    assert "This server's word." in html
    assert f'href="/verify?cid={cid}"' in html


def test_only_the_verify_page_may_reach_endpoints_of_the_visitors_choice(
    client: FlaskClient,
) -> None:
    def policy(path: str) -> dict[str, str]:
        text = client.get(path).headers["Content-Security-Policy"]
        return dict(each.split(" ", 1) for each in text.split("; "))

    assert policy("/verify")["connect-src"] == "'self' https: http:"
    assert {**policy("/verify"), "connect-src": "'self'"} == policy("/")
    for path in ("/verify/server?cid=bafy", "/records", "/contribute", "/nothing"):
        assert policy(path) == policy("/"), path


def test_without_scripts_the_page_leads_to_the_servers_word(client: FlaskClient) -> None:
    html = client.get("/verify?cid=bafyreiabc%26%22").get_data(as_text=True)

    refresh = '<noscript><meta http-equiv="refresh" content="0; url=/verify/server?cid='
    assert refresh + 'bafyreiabc%26%22"></noscript>' in html


def test_where_the_verifier_was_not_built_the_page_says_so_and_offers_the_rest(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.verify.views.BUNDLE", "built/nothing.js")

    html = client.get("/verify").get_data(as_text=True)

    assert "python -m tools.frontend" in html
    assert 'id="verifier"' not in html
    assert 'action="/verify/server"' in html
    assert "perfledger verify" in html


def test_no_cid_says_what_is_missing(client: FlaskClient) -> None:
    response = client.get("/verify/server")

    assert response.status_code == 400
    assert "no cid was given" in response.get_data(as_text=True).lower()


def test_an_uploaded_proof_that_was_tampered_with_fails_at_its_record(
    client: FlaskClient, ledger_node: Node
) -> None:
    proof = json.loads(ledger_node.proof(accepted_cid(ledger_node)).to_json())
    proof["record"]["bytes"] = _with_last_digit_changed(proof["record"]["bytes"])

    response = forms.post(
        client, "/verify/server", "/verify", proof=forms.file(json.dumps(proof).encode(), "p.json")
    )

    html = response.get_data(as_text=True)
    assert ">tampered-record<" in html
    assert html.count('data-state="failed"') == 1


def test_a_file_that_is_no_proof_is_malformed(client: FlaskClient) -> None:
    response = forms.post(client, "/verify/server", "/verify", proof=forms.file(b"{}", "p.json"))

    assert ">malformed<" in response.get_data(as_text=True)


def test_no_file_says_which_file(client: FlaskClient) -> None:
    response = forms.post(client, "/verify/server", "/verify")

    assert response.status_code == 400
    assert "no proof file was chosen" in response.get_data(as_text=True).lower()


def test_a_record_that_is_not_anchored_says_so(client: FlaskClient, ledger_node: Node) -> None:
    pending = ledger_node.queries.records(Filter(status=("pending",)), limit=1).rows
    for row in pending:
        assert client.get(f"/verify/server?cid={row.cid}").status_code == 404


def _with_last_digit_changed(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")
