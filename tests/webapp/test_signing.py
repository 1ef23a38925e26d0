"""The app asks nobody who they are, so it never signs with a key that is somebody's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger import settings
from ledger.chain.devchain.accounts import dev_account
from ledger.node import Node
from tests.webapp import forms
from tests.webapp.operated import KEY
from tests.webapp.operated import OPERATOR
from tests.webapp.operated import operated_node
from webapp import create_app

ROWS = b"job,framework,nodes,runtime_s\nwc,spark,2,31\n"


@pytest.fixture
def operated(home: Path) -> Iterator[Node]:
    with operated_node(home) as node:
        yield node


def contribute(client: FlaskClient, query: str = "") -> TestResponse:
    return client.post(f"/api/v1/contributions{query}", data=ROWS, content_type="text/csv")


@pytest.mark.parametrize("query", ["", f"?signer={OPERATOR.address}"])
def test_the_key_of_the_operator_is_out_of_reach_of_the_api(operated: Node, query: str):
    response = contribute(create_app(operated).test_client(), query)

    assert (response.status_code, response.mimetype) == (403, "application/problem+json")
    assert "perfledger contribute FILE" in response.get_json()["hint"]
    assert operated.queries.count() == 0
    assert operated.unsigned() == []


def test_the_key_of_the_operator_is_out_of_reach_of_the_pages(operated: Node):
    client = create_app(operated).test_client()
    upload = forms.post(client, "/contribute", "/contribute", text=ROWS.decode())
    preview = upload.headers["Location"]

    for signer in ("", OPERATOR.address):
        response = forms.post(client, preview, "/contribute", signer=signer)
        assert response.status_code == 403
        assert "perfledger contribute FILE" in response.get_data(as_text=True)
    assert operated.queries.count() == 0


def test_on_the_development_chain_a_development_account_signs_even_so(home: Path):
    with Node(settings.load(home, app_port=0, chain_port=0, **KEY)) as node:
        node.connect()
        client = create_app(node).test_client()

        refused = contribute(client, f"?signer={OPERATOR.address}")
        signed = contribute(client)

    assert refused.status_code == 403
    assert signed.get_json()["contribution"]["contributor"] == dev_account(1).address


def test_more_than_a_batch_holds_is_signed_in_parts(home: Path):
    rows = ROWS + b"".join(b"wc,spark,2,%d\n" % seconds for seconds in range(40, 44))
    with Node(settings.load(home, app_port=0, chain_port=0, batch_records=2)) as node:
        node.connect()
        client = create_app(node).test_client()

        answer = client.post("/api/v1/contributions", data=rows, content_type="text/csv")
        upload = forms.post(
            client, "/contribute", "/contribute", text=rows.decode().replace("wc", "tr")
        )
        preview = upload.headers["Location"]
        signed = forms.post(client, preview, preview)

        found = answer.get_json()
        assert [part["count"] for part in found["contributions"]] == [2, 2, 1]
        assert found["contribution"] == found["contributions"][-1]
        assert answer.headers["Location"].endswith(found["contribution"]["id"])
        assert signed.headers["Location"].endswith(node.latest_contributions(1)[0].id)
        assert [part.count for part in node.on_their_way()] == [2, 2, 1, 2, 2, 1]
