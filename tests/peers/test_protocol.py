"""What a node answers its peers, who may be anybody and send anything."""

import json
import time
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.ipld.car import CARReader
from ledger.node import Node
from ledger.peers import answering
from ledger.peers.sources import BLOCKS_AT_ONCE
from ledger.record import cid as cids
from ledger.record.cid import Digest
from tests.peers import neighbours
from tests.peers.servers import raw_server
from webapp.peer import create_peer_app


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with neighbours.founder(tmp_path_factory.mktemp("node"), batches=2) as opened:
        yield opened


@pytest.fixture
def client(node: Node) -> FlaskClient:
    return create_peer_app(node).test_client()


@pytest.fixture
def looked(node: Node) -> Iterator[list[float]]:
    """When the chain was looked at because of what somebody said."""
    times: list[float] = []
    node.peering.replicator.on_arrival(lambda: times.append(time.monotonic()))
    node.peering.answers._next_news = 0.0
    yield times
    node.peering.replicator.on_arrival(lambda: None)


def unknown(number: int) -> str:
    return cids.cid_of(f"unknown {number}".encode())


def test_a_node_says_who_it_is(client: FlaskClient, node: Node):
    said = client.get("/peers/v1/node").json

    assert said["peer_id"] == str(node.identity.peer_id)
    assert said["ledger"] == node.deployment.identity
    assert client.get("/peers/v1/deployment").json == node.deployment.model_dump()


def test_what_is_held_is_listed_from_a_place_on(client: FlaskClient, node: Node):
    whole = client.get("/peers/v1/holdings").json
    assert set(map(cids.from_text, whole["held"])) == node.peering.book.kept.all()
    assert whole["list"] == node.peering.book.kept.name

    rest = client.get(f"/peers/v1/holdings?after={whole['newest']}").json

    assert (rest["held"], rest["newest"]) == ([], whole["newest"])
    beyond = client.get(f"/peers/v1/holdings?after={10**17}").json
    assert beyond["held"] == whole["held"]


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "", "9" * 19, "\u0663", "1 2", "0x1"])
def test_a_place_that_is_no_number_is_refused(client: FlaskClient, after: str):
    answer = client.get("/peers/v1/holdings", query_string={"after": after})

    assert answer.status_code == 400


def read(answer: bytes) -> dict[Digest, bytes]:
    return {Digest(cid.digest): data for cid, data in CARReader(BytesIO(answer))}


def test_blocks_that_are_here_come_once_each(client: FlaskClient, node: Node):
    here = node.blocks.digests(Digest(b""), 100)
    asked = [cids.to_text(each) for each in here] * 3 + [unknown(1)]

    answer = client.post("/peers/v1/blocks", json={"cids": asked})

    assert list(read(answer.data)) == here


def test_a_damaged_block_is_left_out_and_noted(client: FlaskClient, node: Node):
    here = node.blocks.digests(Digest(b""), 100)
    (data,) = node.blocks.get_many(here[:1])
    node.blocks.discard(here[:1])
    node.blocks.put_many([(here[0], b"forged")])

    answer = client.post("/peers/v1/blocks", json={"cids": [cids.to_text(each) for each in here]})

    assert set(read(answer.data)) == set(here[1:])
    assert node.peering.book.checks.to_mend() == here[:1]
    node.blocks.discard(here[:1])
    node.blocks.put_many([(here[0], data)])
    node.peering.book.checks.mended(here[0])


def test_an_answer_ends_where_it_gets_large(
    client: FlaskClient, node: Node, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(answering, "ANSWER_BYTES", 1)
    here = node.blocks.digests(Digest(b""), 100)

    answer = client.post("/peers/v1/blocks", json={"cids": [cids.to_text(each) for each in here]})

    assert list(read(answer.data)) == here[:1]


@pytest.mark.parametrize("path", ["have", "peers", "blocks"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"{" * 100_000,
        b'{"url": {}, "roots": {}, "cids": {}}',
        b'{"url": "http://a.example/\\u0000", "roots": [], "cids": ["x"]}',
        b'{"url": "http://a.example\\ud800", "roots": ["\\ud800"], "cids": ["\\ud800"]}',
        json.dumps({"url": "x" * 400, "roots": ["b" * 59], "cids": ["b" * 59]}).encode(),
        json.dumps({"url": 1, "roots": ["b"] * 1_001, "cids": ["b"] * 2_001}).encode(),
    ],
)
def test_a_body_that_is_none_is_refused(client: FlaskClient, path: str, body: bytes):
    assert client.post(f"/peers/v1/{path}", data=body).status_code == 400


def test_a_body_that_is_too_long_is_not_read(client: FlaskClient):
    answer = client.post("/peers/v1/blocks", data=b" " * 600_000)

    assert answer.status_code == 413


def test_more_blocks_than_one_answer_gives_are_refused(client: FlaskClient):
    answer = client.post("/peers/v1/blocks", json={"cids": [unknown(1)] * (BLOCKS_AT_ONCE + 1)})

    assert answer.status_code == 400


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=8,
)
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "url": ANYTHING | st.just("http://8.8.8.8:4802"),
        "roots": ANYTHING | st.lists(st.text(max_size=60), max_size=3),
        "cids": ANYTHING | st.lists(st.text(max_size=60), max_size=3),
    },
)


@given(
    path=st.sampled_from(["have", "peers", "blocks"]),
    body=st.binary(max_size=100) | (ANYTHING | NAMED).map(lambda value: json.dumps(value).encode()),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_no_body_is_an_error_of_the_node(client: FlaskClient, path: str, body: bytes):
    assert client.post(f"/peers/v1/{path}", data=body).status_code in {200, 204, 400, 429}


def test_a_stranger_causes_no_connection_to_where_nobody_may_connect(
    client: FlaskClient, node: Node
):
    with raw_server() as inside:
        port = inside.url.rpartition(":")[2]
        policy = node.peering.web._guard._policy
        allowed, policy._allowed = policy._allowed, ()
        for url in (inside.url, f"http://localhost:{port}", f"http://[::1]:{port}"):
            told = {"url": url, "roots": [unknown(5)]}
            assert client.post("/peers/v1/have", json=told).status_code == 204
            assert client.post("/peers/v1/peers", json={"url": url}).status_code == 200
        node.peering.visitor.step()
        policy._allowed = allowed

    assert inside.accepted == 0
    problems = {peer.url: peer.problem for peer in node.peering.book.peers.all()}
    assert "may not connect" in problems[inside.url]


@pytest.mark.parametrize(
    "url", ["http://a@b", "http://a/x", "ftp://a", "a:80", "http://A.example", "http://a#b", ""]
)
def test_what_is_no_address_of_a_node_is_refused(client: FlaskClient, node: Node, url: str):
    known = len(node.peering.book.peers.all())

    assert client.post("/peers/v1/have", json={"url": url, "roots": []}).status_code == 400
    assert client.post("/peers/v1/peers", json={"url": url}).status_code == 400
    assert len(node.peering.book.peers.all()) == known


def test_who_is_met_is_told_who_answers_and_nobody_else(client: FlaskClient, node: Node):
    peers = node.peering.book.peers
    peers.introduce(["http://1.1.1.1:1", "http://1.1.1.1:2"])
    peers.answered("http://1.1.1.1:1", "16Uiu2HAm")

    told = client.post("/peers/v1/peers", json={"url": "http://1.1.1.1:3"}).json["peers"]

    assert "http://1.1.1.1:1" in told
    assert not {"http://1.1.1.1:2", "http://1.1.1.1:3"} & set(told)
    assert "http://1.1.1.1:3" in {peer.url for peer in peers.all()}


def test_news_has_the_chain_looked_at_and_much_news_no_more_than_that(
    client: FlaskClient, node: Node, looked: list[float]
):
    """A round asks the chain's endpoint, which may count; a stranger must not drive it."""
    url = "http://1.1.1.1:7"
    began = time.monotonic()
    for number in range(200):
        told = {"url": url, "roots": [unknown(1_000 + number)]}
        assert client.post("/peers/v1/have", json=told).status_code == 204
    seconds = time.monotonic() - began

    assert 1 <= len(looked) <= 1 + seconds / answering.NEWS_SECONDS


def test_what_is_here_or_was_said_before_is_no_news(
    client: FlaskClient, node: Node, looked: list[float]
):
    here = [cids.to_text(each) for each in node.peering.book.kept.all()]
    client.post("/peers/v1/have", json={"url": "http://1.1.1.1:8", "roots": here})
    assert looked == []
    told = {"url": "http://1.1.1.1:8", "roots": [unknown(9_000)]}
    client.post("/peers/v1/have", json=told)
    assert len(looked) == 1
    node.peering.answers._next_news = 0.0

    client.post("/peers/v1/have", json=told)

    assert len(looked) == 1


def test_what_strangers_say_is_no_copy(client: FlaskClient, node: Node):
    batch = next(iter(node.peering.book.kept.all()))
    peers = node.peering.book.peers
    peers.introduce(["http://1.1.1.1:9"])
    peers.answered("http://1.1.1.1:9", "16Uiu2HAm9")

    told = {"url": "http://1.1.1.1:9", "roots": [cids.to_text(batch)]}
    client.post("/peers/v1/have", json=told)

    assert node.peering.book.holdings.copies([batch]) == {batch: 0}


def test_how_the_node_stands_is_for_everybody_to_see(client: FlaskClient, node: Node):
    status = client.get("/peers/v1/status").json

    assert status["kept"] == len(node.peering.book.kept.all())
