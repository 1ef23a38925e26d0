"""Contributing by program with a key of one's own: no token, no account, no browser."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger import settings
from ledger.node import Node
from ledger.record import codec
from tests.chain.nodes.servers import EthereumNode
from tests.conftest import execution
from tests.webapp.anvils import ledger_on_anvil
from tests.webapp.anvils import on
from webapp import create_app

ALICE: LocalAccount = Account.from_key("0x" + "a1" * 32)
BOB: LocalAccount = Account.from_key("0x" + "b2" * 32)

UNKNOWN = "bafyrei" + "a" * 52

_sizes = count(10)


def records(number: int = 2) -> list[dict[str, Any]]:
    """Some that nobody has contributed."""
    return [
        execution("grep", "c4.2xlarge", 4, next(_sizes), 0).model_dump(mode="json")
        for _ in range(number)
    ]


def signed(
    client: FlaskClient, listed: dict[str, Any], key: LocalAccount = ALICE
) -> dict[str, Any]:
    """The body of a submission, as a program with a key of its own makes it."""
    said = client.post("/api/v1/submissions/statement", json=listed)
    assert said.status_code == 200, said.get_data(as_text=True)
    message = encode_typed_data(full_message=said.get_json()["typed_data"])
    signature = key.sign_message(message).signature.to_0x_hex()
    return {**listed, "contributor": key.address, "signature": signature}


def refusal(response: TestResponse) -> str:
    assert response.mimetype == "application/problem+json"
    return f"{response.status_code} {response.get_json()['detail']}"


def test_records_are_contributed_in_the_name_of_their_signer(
    contributor: FlaskClient, empty_node: Node
):
    body = signed(contributor, {"records": records()})

    response = contributor.post("/api/v1/submissions", json=body)

    assert response.status_code == 201
    made = response.get_json()
    assert (made["contributor"], made["count"]) == (ALICE.address, 2)
    assert contributor.get(response.headers["Location"]).get_json()["id"] == made["id"]
    assert empty_node.queries.record(made["cids"][0]).row.contributor == ALICE.address


def test_sending_it_again_gives_the_same_submission(contributor: FlaskClient):
    body = signed(contributor, {"records": records()})

    answers = [contributor.post("/api/v1/submissions", json=body).get_json() for _ in range(2)]

    assert answers[0]["id"] == answers[1]["id"]


def test_the_statement_keeps_nothing(contributor: FlaskClient, empty_node: Node):
    before = empty_node.unsigned()

    signed(contributor, {"records": records()})

    assert empty_node.unsigned() == before


def test_records_uploaded_before_are_named_by_their_cids(
    contributor: FlaskClient, empty_node: Node
):
    uploaded = empty_node.accept(map(codec.from_python, records())).new

    response = contributor.post("/api/v1/submissions", json=signed(contributor, {"cids": uploaded}))

    assert response.get_json()["cids"] == list(uploaded)


def test_nothing_is_kept_of_what_nobody_has_signed(contributor: FlaskClient, empty_node: Node):
    body = signed(contributor, {"records": records()})
    before = empty_node.unsigned()

    wrong = contributor.post("/api/v1/submissions", json={**body, "contributor": BOB.address})

    assert "422 this is not a signature by" in refusal(wrong)
    assert empty_node.unsigned() == before


def test_cids_that_are_not_here_are_refused(contributor: FlaskClient):
    body = signed(contributor, {"cids": [UNKNOWN]})

    response = contributor.post("/api/v1/submissions", json=body)

    assert "400 1 of the records are not known here" in refusal(response)


GOOD_FORM = {"contributor": ALICE.address, "signature": "0x" + "11" * 65}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "contributor: Field required"),
        ({**GOOD_FORM}, "give records, or cids"),
        ({**GOOD_FORM, "records": [{}]}, "record 1 is none"),
        ({**GOOD_FORM, "records": [1]}, "records.0"),
        ({**GOOD_FORM, "cids": ["../../etc/passwd"]}, "cids.0"),
        ({**GOOD_FORM, "cids": [UNKNOWN], "signature": "0x"}, "signature"),
        ({**GOOD_FORM, "cids": [UNKNOWN], "signature": "0x1"}, "signature"),
        ({**GOOD_FORM, "cids": [UNKNOWN], "contributor": "me"}, "contributor"),
        ({**GOOD_FORM, "cids": [UNKNOWN], "chain": 1}, "chain: Extra inputs"),
        ([], "valid dictionary"),
    ],
)
def test_a_body_of_another_form_is_refused_with_what_is_wrong(
    contributor: FlaskClient, body: Any, said: str
):
    answer = refusal(contributor.post("/api/v1/submissions", json=body))

    assert answer.startswith("422" if said.startswith("record 1") else "400")
    assert said in answer


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"{", b"[" * 50_000, b'{"a": 1, "a": 2}', b'{"records": [' + b"9" * 500]
)
def test_a_body_that_is_no_json_is_refused(contributor: FlaskClient, body: bytes):
    response = contributor.post("/api/v1/submissions", data=body, content_type="application/json")

    assert refusal(response).startswith("400 the body cannot be read")


def test_more_than_a_batch_holds_is_refused_under_one_signature(home: Path):
    with Node(settings.load(home, app_port=0, chain_port=0, batch_records=2)) as node:
        client = create_app(node).test_client()

        response = client.post("/api/v1/submissions/statement", json={"records": records(3)})

    assert "422 3 records under one signature; this node takes 2" in refusal(response)


def test_a_node_that_takes_nothing_from_visitors_says_so(home: Path):
    with Node(settings.load(home, app_port=0, chain_port=0, take_signed="nobody")) as node:
        client = create_app(node).test_client()

        response = client.post("/api/v1/submissions", json=signed(client, {"records": records()}))

        assert "403 this node takes no contributions" in refusal(response)
        assert node.unsigned() == []


@pytest.fixture
def on_anvil(tmp_path: Path) -> Iterator[tuple[Node, EthereumNode]]:
    with ledger_on_anvil(tmp_path) as both:
        yield both


def test_on_a_chain_without_development_accounts_a_wallet_contributes_all_the_same(
    on_anvil: tuple[Node, EthereumNode],
):
    node, _ = on_anvil
    client = create_app(node).test_client()

    made = client.post(
        "/api/v1/submissions", json=signed(client, {"records": records()})
    ).get_json()
    while node.contribution(made["id"]).state != "final":
        node.cycle()

    row = node.queries.record(made["cids"][0]).row
    assert (row.contributor, row.status) == (ALICE.address, "anchored")


def test_a_node_that_cannot_pay_for_anchors_takes_no_signature(
    on_anvil: tuple[Node, EthereumNode],
):
    node, chain = on_anvil
    with Node(settings.load(node.settings.home, **on(chain))) as keyless:
        client = create_app(keyless).test_client()

        response = client.post("/api/v1/submissions", json=signed(client, {"records": records()}))

        assert "403 this node has no key to pay for anchors" in refusal(response)
