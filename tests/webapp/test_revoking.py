"""Revoking on the pages: offered to a record's contributor, explained, followed to the end."""

from collections.abc import Iterator

import pytest
from eth_account.signers.local import LocalAccount
from flask.testing import FlaskClient

from ledger import settings
from ledger.chain.devchain.accounts import dev_account
from ledger.node import Node
from tests.conftest import execution
from tests.revoking.contributed import funded
from tests.revoking.contributed import records_of
from tests.revoking.contributed import send
from tests.webapp import forms
from tests.webapp.test_accounts import sign_in
from webapp import create_app

OFFER = ">Revoke</a>"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("revoking") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0)) as found:
        found.connect()
        found.sync.step()
        yield found


@pytest.fixture
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


@pytest.fixture(scope="module")
def alice(node: Node) -> LocalAccount:
    return funded(node.chain.w3)


@pytest.fixture
def hers(node: Node, alice: LocalAccount) -> str:
    """A record that Alice has contributed."""
    return records_of(node, alice)[0]


def of_development(node: Node, repeat: int) -> str:
    (cid,) = node.accept([execution("kmeans", "m4.2xlarge", 2, 5, repeat)]).new
    node.submit([cid])
    node.cycle()
    return cid


def page(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_only_the_contributor_is_offered_it(
    client: FlaskClient, hers: str, alice: LocalAccount, node: Node
):
    stranger = create_app(node).test_client()
    sign_in(stranger, funded(node.chain.w3))
    sign_in(client, alice)

    assert OFFER in page(client, f"/records/{hers}")
    assert 'id="wallet"' in page(client, f"/records/{hers}/revoke")
    for other in (stranger, create_app(node).test_client()):
        assert OFFER not in page(other, f"/records/{hers}")
        assert 'id="wallet"' not in page(other, f"/records/{hers}/revoke")
        assert "Only its contributor can" in page(other, f"/records/{hers}/revoke")


def test_whoever_is_not_signed_in_is_led_there_and_back(client: FlaskClient, hers: str):
    said = page(client, f"/records/{hers}/revoke")

    assert f'href="/account?record={hers}"' in said
    assert f'data-then="/records/{hers}/revoke"' in page(client, f"/account?record={hers}")


@pytest.mark.parametrize("named", ["https://evil.example", "//evil.example", "", "../x"])
def test_a_sign_in_leads_nowhere_else(client: FlaskClient, named: str):
    answer = client.get("/account", query_string={"record": named})

    assert answer.status_code in {400, 404}
    assert "data-then" not in answer.get_data(as_text=True)


def test_ones_own_records_are_listed_with_the_way_to_revoke_them(
    client: FlaskClient, hers: str, alice: LocalAccount, node: Node
):
    sign_in(client, alice)
    before = page(client, "/account")
    send(node.chain.w3, alice, node.revocation_call(hers).model_dump())
    node.follow()
    after = page(client, "/account")

    assert f'href="/records/{hers}/revoke"' in before
    assert f'href="/records/{hers}/revoke"' not in after
    assert f'href="/records/{hers}/revocation"' in after


def test_a_development_account_revokes_what_it_contributed(client: FlaskClient, node: Node):
    cid = of_development(node, 0)
    path = f"/records/{cid}/revoke"
    assert OFFER in page(client, f"/records/{cid}")

    sent = forms.post(client, path, path)
    node.follow()
    followed = client.get(sent.headers["Location"])

    assert sent.status_code == 303
    assert node.queries.row(cid).status == "revoked"
    assert 'data-settled="true"' in followed.get_data(as_text=True)
    assert "Its contributor has revoked it since" in page(client, f"/records/{cid}")
    assert "Revoked for good" in followed.get_data(as_text=True)
    assert client.get(path).headers["Location"].endswith(f"/records/{cid}/revocation")


def test_the_app_signs_no_revocation_but_with_development_accounts(
    client: FlaskClient, hers: str, node: Node
):
    refused = forms.post(client, f"/records/{hers}/revoke", "/contribute")

    assert refused.status_code == 403
    assert "perfledger revoke" in refused.get_data(as_text=True)
    assert node.queries.row(hers).status == "anchored"


def test_another_sites_form_revokes_nothing(client: FlaskClient, node: Node):
    cid = of_development(node, 1)

    assert client.post(f"/records/{cid}/revoke").status_code == 400
    node.follow()
    assert node.queries.row(cid).status == "anchored"


def test_a_key_of_the_operator_is_out_of_reach(home, node: Node):
    """On the development chain its key is one more account, whose records the app leaves alone."""
    operator = dev_account(8)
    key = "0x" + operator.key.hex().removeprefix("0x")
    with Node(settings.load(home, app_port=0, chain_port=0, private_key=key)) as operated:
        operated.connect()
        cid = of_development(operated, 2)
        client = create_app(operated).test_client()

        refused = forms.post(client, f"/records/{cid}/revoke", "/contribute")

        assert operated.queries.row(cid).contributor == operator.address
        assert refused.status_code == 403


def test_what_is_not_on_chain_yet_is_said_to_come_first(client: FlaskClient, node: Node):
    (cid,) = node.accept([execution("grep", "m4.2xlarge", 4, 91, 0)]).new

    assert "Only what is on chain can be revoked" in page(client, f"/records/{cid}/revoke")


@pytest.mark.parametrize("transaction", ["0x12", "<script>", "0x" + "g" * 64])
def test_what_is_no_hash_is_refused(client: FlaskClient, hers: str, transaction: str):
    answer = client.get(f"/records/{hers}/revocation", query_string={"transaction": transaction})

    assert answer.status_code == 400


def test_a_program_asks_what_to_send_and_follows_it(
    client: FlaskClient, hers: str, alice: LocalAccount, node: Node
):
    path = f"/api/v1/records/{hers}/revocation"

    call = client.post(path).get_json()
    none = client.get(path).get_json()
    transaction = send(node.chain.w3, alice, call)
    node.follow()
    done = client.get(path, query_string={"transaction": transaction}).get_json()
    again = client.post(path)

    assert (call["contributor"], call["to"]) == (alice.address, node.deployment.registry)
    assert int(call["fee_wei"]) > 0
    assert none["state"] == "none"
    assert (done["state"], done["status"]) == ("final", "revoked")
    assert (again.status_code, again.get_json()["status"]) == (409, 409)
    assert "revoked already" in again.get_json()["detail"]
