"""Delegated routing: who has what, in the forms that clients read."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from ledger import settings
from ledger.errors import SettingsError
from ledger.ipld.cid import CID
from ledger.node import Node
from ledger.peers.peer_id import PeerID
from ledger.serving.providers import HTTP_GATEWAY
from ledger.serving.providers import Filter
from ledger.serving.providers import ProviderRecord
from ledger.serving.providers import Providers
from tests.serving.dags import Dags
from webapp import create_app
from webapp.peer import create_peer_app

OTHER = PeerID.parse("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA")


@pytest.fixture
def held(node: Node, dags: Dags) -> CID:
    cid = dags.cbor({"kind": "perfledger/batch"})
    node.blocks.put_many(dags.blocks())
    return cid


def test_a_node_names_itself_for_what_it_holds(client: FlaskClient, node: Node, held: CID):
    answer = client.get(f"/routing/v1/providers/{held}")

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.json == {
        "Providers": [
            {
                "Schema": "peer",
                "ID": str(node.identity.peer_id),
                "Addrs": ["/ip4/127.0.0.1/tcp/8787/http"],
                "Protocols": ["transport-ipfs-gateway-http"],
            }
        ]
    }
    assert answer.headers["Cache-Control"].startswith("public, max-age=300, stale-while-revali")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in answer.headers["Vary"]
    assert answer.last_modified is not None


def test_nobody_is_an_empty_list_that_is_soon_asked_for_again(client: FlaskClient, dags: Dags):
    answer = client.get(f"/routing/v1/providers/{dags.raw(b'elsewhere')}")

    assert (answer.status_code, answer.json) == (200, {"Providers": []})
    assert answer.headers["Cache-Control"].startswith("public, max-age=15,")


def test_records_come_as_lines_where_that_is_asked_for(client: FlaskClient, held: CID):
    answer = client.get(
        f"/routing/v1/providers/{held}",
        headers={"Accept": "application/x-ndjson, application/json"},
    )

    assert answer.mimetype == "application/x-ndjson"
    (line,) = answer.text.splitlines()
    assert json.loads(line)["Schema"] == "peer"


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/x-ndjson;q=0"])
def test_lines_come_only_where_they_are_asked_for(
    client: FlaskClient, held: CID, accept: str | None
):
    answer = client.get(
        f"/routing/v1/providers/{held}", headers={"Accept": accept} if accept else {}
    )

    assert answer.mimetype == "application/json"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("filter-protocols=transport-ipfs-gateway-http", True),
        ("filter-protocols=Transport-IPFS-Gateway-HTTP,transport-bitswap", True),
        ("filter-protocols=transport-bitswap", False),
        ("filter-protocols=unknown", False),
        ("filter-protocols=!transport-ipfs-gateway-http", False),
        ("filter-addrs=http", True),
        ("filter-addrs=HTTP", True),
        ("filter-addrs=tls,webtransport", False),
        ("filter-addrs=tcp,!http", False),
        ("filter-addrs=!quic-v1", True),
        ("filter-addrs=unknown", False),
        ("filter-addrs=http&filter-protocols=transport-bitswap", False),
        ("filter-addrs=&filter-protocols=", True),
    ],
)
def test_a_client_hears_only_of_whom_it_can_reach(
    client: FlaskClient, held: CID, query: str, named: bool
):
    answer = client.get(f"/routing/v1/providers/{held}?{query}")

    assert bool(answer.json["Providers"]) == named


def test_only_the_addresses_that_fit_are_named():
    record = ProviderRecord(
        OTHER, ("/ip4/1.2.3.4/tcp/80/http", "/dns/a.example/tcp/443/tls/http", "garbage")
    )

    fitting = Filter.parse("tls", None).apply(record)

    assert fitting is not None
    assert fitting.addresses == ("/dns/a.example/tcp/443/tls/http",)


def test_a_record_without_addresses_or_protocols_is_unknown():
    record = ProviderRecord(OTHER, (), ())

    assert Filter.parse("unknown,tls", "unknown").apply(record) == record
    assert Filter.parse("tls", None).apply(record) is None
    assert Filter.parse(None, HTTP_GATEWAY).apply(record) is None
    assert Filter.parse(None, f"!{HTTP_GATEWAY}").apply(record) == record


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_filter_leaves_out_and_adds_nothing(addresses: str, protocols: str):
    record = ProviderRecord(OTHER, ("/ip4/1.2.3.4/tcp/80/http", "/ip6/::1/tcp/80/http"))

    fitting = Filter.parse(addresses, protocols).apply(record)

    assert fitting is None or set(fitting.addresses) <= set(record.addresses)


def test_a_peer_is_named_once_whoever_names_it(dags: Dags):
    first, second = ProviderRecord(OTHER, ("/ip4/1.2.3.4/tcp/80/http",)), ProviderRecord(OTHER, ())

    found = Providers([lambda _: iter([first]), lambda _: iter([second])])

    assert list(found.find(dags.raw(b""))) == [first]


def test_a_node_is_found_under_every_form_of_its_name(client: FlaskClient, node: Node):
    own = node.identity.peer_id

    for name in (str(own), own.base36, str(own.cid)):
        answer = client.get(f"/routing/v1/peers/{name}")
        assert [peer["ID"] for peer in answer.json["Peers"]] == [str(own)]


def test_a_peer_that_nobody_knows_is_an_empty_list(client: FlaskClient):
    answer = client.get(f"/routing/v1/peers/{OTHER}")

    assert (answer.status_code, answer.json) == (200, {"Peers": []})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "providers/nonsense", 422),
        ("GET", "peers/nonsense", 422),
        ("GET", "peers/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", 422),
        ("GET", "unknown/path", 400),
        ("GET", "ipns/k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r", 501),
        ("PUT", "ipns/k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r", 501),
        ("PUT", "providers", 501),
        ("PUT", "peers", 501),
        ("POST", "providers", 501),
    ],
)
@pytest.mark.parametrize("make", [create_app, create_peer_app])
def test_what_is_not_there_is_said_as_the_specification_says(
    node: Node, make, method: str, path: str, *, status: int
):
    answer = make(node).test_client().open(f"/routing/v1/{path}", method=method)

    assert answer.status_code == status


def test_public_urls_are_announced_instead_of_the_one_listened_on(tmp_path: Path, dags: Dags):
    public = "https://node.example, http://10.0.0.7:8787"

    with Node(settings.load(tmp_path, public_url=public)) as node:
        assert node.presence.record.addresses == (
            "/dns/node.example/tcp/443/tls/http",
            "/ip4/10.0.0.7/tcp/8787/http",
        )


def test_the_port_that_was_found_is_announced(tmp_path: Path):
    with Node(settings.load(tmp_path)) as node:
        assert node.presence.record.addresses == ()
        node.presence.listening_at("http://[::1]:4567")
        assert node.presence.record.addresses == ("/ip6/::1/tcp/4567/http",)


def test_a_node_that_nobody_can_reach_does_not_name_itself(tmp_path: Path, dags: Dags):
    cid = dags.raw(b"here")

    with Node(settings.load(tmp_path)) as node:
        node.presence.listening_at("http://0.0.0.0:8787")
        node.blocks.put_many(dags.blocks())
        assert node.gateway.has(cid)
        assert node.providers(cid) == []


@pytest.mark.parametrize("url", ["node.example", "https://node.example/below"])
def test_a_public_url_that_is_none_is_refused(tmp_path: Path, url: str):
    with (
        Node(settings.load(tmp_path, public_url=url)) as node,
        pytest.raises(SettingsError, match="public_url"),
    ):
        node.presence  # noqa: B018 - reads the setting
