"""Verification as a page: each step, and one named result."""

import json

from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.node import Node
from tests.webapp import forms


def accepted_cid(node: Node) -> str:
    return node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid


def test_a_cid_is_verified_down_to_the_quorum(client: FlaskClient, ledger_node: Node) -> None:
    html = client.get(f"/verify?cid={accepted_cid(ledger_node)}").get_data(as_text=True)

    assert 'data-ok="true">valid<' in html
    assert "Quorum" in html
    assert 'data-state="failed"' not in html


def test_an_uploaded_proof_that_was_tampered_with_fails_at_its_record(
    client: FlaskClient, ledger_node: Node
) -> None:
    proof = json.loads(ledger_node.proof(accepted_cid(ledger_node)).to_json())
    proof["record"]["bytes"] = _with_last_digit_changed(proof["record"]["bytes"])

    response = forms.post(
        client, "/verify", "/verify", proof=forms.file(json.dumps(proof).encode(), "p.json")
    )

    html = response.get_data(as_text=True)
    assert ">tampered-record<" in html
    assert html.count('data-state="failed"') == 1


def test_a_file_that_is_no_proof_is_malformed(client: FlaskClient) -> None:
    response = forms.post(client, "/verify", "/verify", proof=forms.file(b"{}", "p.json"))

    assert ">malformed<" in response.get_data(as_text=True)


def test_no_file_says_which_file(client: FlaskClient) -> None:
    response = forms.post(client, "/verify", "/verify")

    assert response.status_code == 400
    assert "no proof file was chosen" in response.get_data(as_text=True).lower()


def test_a_record_that_is_not_anchored_says_so(client: FlaskClient, ledger_node: Node) -> None:
    pending = ledger_node.queries.records(Filter(status=("pending",)), limit=1).rows
    for row in pending:
        assert client.get(f"/verify?cid={row.cid}").status_code == 404


def _with_last_digit_changed(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")
