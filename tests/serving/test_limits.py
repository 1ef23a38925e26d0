"""What a stranger may have of a node, and what he is told when he wants more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.ipld.cid import CID
from ledger.node import Node
from tests.serving.dags import Dags
from webapp import create_app
from webapp.peer import create_peer_app


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Node]:
    """A node that gives little."""
    limits = {
        "serve_requests_per_minute": 5,
        "serve_streams": 2,
        "serve_path_segments": 3,
        "serve_query_bytes": 64,
    }
    with Node(settings.load(tmp_path / "small", **limits)) as node:
        yield node


@pytest.fixture
def root(small: Node, node: Node, dags: Dags) -> CID:
    """A directory in a directory, in four levels."""
    cid = dags.raw(b"file")
    for name in ("d", "c", "b", "a"):
        cid = dags.directory({name: cid})
    for each in (small, node):
        each.blocks.put_many(dags.blocks())
    return cid


def from_address(client: FlaskClient, path: str, address: str = "192.0.2.1"):
    return client.get(path, environ_overrides={"REMOTE_ADDR": address})


@pytest.mark.parametrize("make", [create_app, create_peer_app])
def test_an_address_that_asks_too_often_has_to_wait(small: Node, root: CID, make):
    client = make(small).test_client()
    block, providers = f"/ipfs/{root}?format=raw", f"/routing/v1/providers/{root}"

    statuses = [
        from_address(client, path).status_code
        for path in (block, providers, block, providers, block)
    ]
    refused = [from_address(client, path) for path in (block, providers)]

    assert statuses == [200] * 5
    assert [answer.status_code for answer in refused] == [429, 429]
    for answer in refused:
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.mimetype == "text/plain"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert from_address(client, block, "192.0.2.2").status_code == 200


def test_a_network_of_one_customer_counts_as_one_address(small: Node, root: CID):
    client = create_peer_app(small).test_client()

    statuses = [
        from_address(client, f"/ipfs/{root}?format=raw", f"2001:db8::{number:x}").status_code
        for number in range(6)
    ]

    assert statuses == [200] * 5 + [429]
    other = from_address(client, f"/ipfs/{root}?format=raw", "2001:db8:0:1::1")
    assert other.status_code == 200


def test_pages_are_not_counted(small: Node, root: CID):
    client = create_app(small).test_client()

    assert {client.get("/verify").status_code for _ in range(10)} == {200}


def test_only_so_many_streams_are_sent_at_once(small: Node, root: CID):
    client = create_peer_app(small).test_client()
    path = f"/ipfs/{root}?format=car"
    open_streams = [from_address(client, path, f"192.0.2.{number}") for number in range(2)]

    refused = from_address(client, path, "192.0.2.9")
    head = client.head(path)
    block = client.get(f"/ipfs/{root}?format=raw")

    assert [answer.status_code for answer in open_streams] == [200, 200]
    assert (refused.status_code, head.status_code, block.status_code) == (503, 200, 200)
    assert int(refused.headers["Retry-After"]) >= 1
    assert "all 2 places" in refused.text
    open_streams[0].close()
    assert from_address(client, path, "192.0.2.9").status_code == 200


def test_an_answer_that_has_no_stream_takes_no_place(small: Node, root: CID):
    client = create_peer_app(small).test_client()
    path = f"/ipfs/{root}?format=car"
    etag = client.head(path).headers["ETag"]

    for number in range(4):
        answer = client.get(
            path,
            headers={"If-None-Match": etag},
            environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"},
        )
        assert answer.status_code == 304


def test_a_path_may_be_as_long_as_allowed(small: Node, root: CID):
    client = create_peer_app(small).test_client()

    assert client.get(f"/ipfs/{root}/a/b/c?format=car").status_code == 200
    refused = client.get(f"/ipfs/{root}/a/b/c/d?format=car")
    assert refused.status_code == 414
    assert "at most 3" in refused.text


def test_a_query_may_be_as_long_as_allowed(small: Node, root: CID):
    client = create_peer_app(small).test_client()

    fits = client.get(f"/ipfs/{root}?format=raw&x=" + "1" * (64 - len("format=raw&x=")))
    long = client.get(f"/ipfs/{root}?format=raw&x=" + "1" * 64)

    assert (fits.status_code, long.status_code) == (200, 414)


def test_a_dag_may_be_as_deep_as_the_setting_says(tmp_path: Path, dags: Dags):
    tip = dags.cbor(0)
    for _ in range(3):
        tip = dags.cbor([bytes(tip)])

    with Node(settings.load(tmp_path, serve_dag_depth=2)) as node:
        node.blocks.put_many(dags.blocks())
        client = create_peer_app(node).test_client()
        with pytest.raises(Exception, match="deeper than 2 links"):
            client.get(f"/ipfs/{tip}?format=car").get_data()
