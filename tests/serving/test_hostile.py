"""Whatever a request holds, its answer is one that the protocol knows; never an error of ours."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from time import sleep

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import example
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ledger import settings
from ledger.ipld.cid import CID
from ledger.node import Node
from ledger.serving.streams import BusyError
from tests.serving.dags import Dags
from tests.serving.serving import Served
from webapp.peer import create_peer_app

KNOWN = {200, 206, 304, 400, 404, 405, 406, 412, 414, 416, 422, 501}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, list[CID]]]:
    """An app over DAGs of every kind, well-formed and not, and their CIDs."""
    dags = Dags()
    leaf = dags.raw(b"leaf" * 100)
    file = dags.file(b"0123456789" * 100, 100, 3)
    names = {f"{number}": leaf for number in range(300)}
    dags.cbor(
        {"a": [bytes(dags.hamt(names)), {"b": bytes(dags.directory(names))}], "": bytes(file)}
    )
    for data, codec in [
        (b"\xd8\x2a\xff", 0x71), (b"\x0a\xff", 0x70), (b"\x12\x00", 0x70), (b"", 0x70), (b"", 0x71),
        (b"\x0a\x04\x08\x05\x10\x01", 0x70), (b"\x0a\x02\x08\x02", 0x70), (b"x", 0x78),
        (b"{}", 0x0129),
        (b"\x0a\x08\x08\x02\x20\xff\xff\xff\xff\x0f", 0x70), (b"\xff" * 40, 0x72),
    ]:  # fmt: skip
        dags._keep(data, codec)
    limits = {"serve_requests_per_minute": 10**9}
    with Node(settings.load(tmp_path_factory.mktemp("hostile"), **limits)) as node:
        node.blocks.put_many(dags.blocks())
        yield create_peer_app(node), list(dags)


names = st.sampled_from(
    ["format", "dag-scope", "entity-bytes", "car-version", "car-order", "car-dups", "filename",
     "download", "filter-addrs", "filter-protocols"]
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
values = texts | st.sampled_from(
    ["raw", "car", "tar", "dag-json", "block", "entity", "all", "0:*", "-1:*", "5:1", "0:-0", "1",
     "2", f"0:{2**63}", f"{-(2**63)}:{2**63 - 1}", "9" * 300, "dfs", "unk", "y", "n",
     "a\r\nX: y", "../x", "\x00", "é", "%00", '"', "unknown,!http"]
)  # fmt: skip
segments = texts | st.sampled_from(
    [
        "",
        ".",
        "..",
        "%2e%2e",
        "%2F",
        "%252F",
        "a",
        "b",
        "0",
        "1",
        "00",
        "299",
        "ab" * 200,
        "\x00",
        "\\",
    ]
)
headers = st.dictionaries(
    st.sampled_from(
        ["Accept", "Range", "If-None-Match", "If-Range", "Cache-Control", "Service-Worker",
         "Origin", "If-Modified-Since", "If-Match", "X-Forwarded-For", "X-HTTP-Method-Override"]
    ),
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60)
    | st.sampled_from(
        ["application/vnd.ipld.raw", "application/vnd.ipld.car; version=9", "*/*", "bytes=0-",
         "bytes=-0", "bytes=0-0,0-0", f"bytes=0-{2**64}", f"bytes=-{10**30}", "only-if-cached", "*",
         'W/"', "application/vnd.ipld.car;order=;q=x", "application/x-ndjson", "script"]
    ),
    max_size=4,
)  # fmt: skip


@given(
    st.integers(0, 400)
    | texts
    | st.sampled_from(["bafkqaaa", "Qm" + "1" * 44, "k", "f", "z", "m="]),
    st.lists(segments, max_size=40),
    st.lists(st.tuples(names, values), max_size=5),
    headers,
    st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"]),
    st.sampled_from(
        ["/ipfs/", "/ipns/", "/routing/v1/providers/", "/routing/v1/peers/", "/routing/v1/"]
    ),
)
@example(0, [], [("format", "car"), ("entity-bytes", f"0:{2**64}")], {}, "GET", "/ipfs/")
@example(0, ["a"] * 5_000, [("format", "car")], {}, "GET", "/ipfs/")
@example(0, [], [("filename", "x\r\nSet-Cookie: y"), ("format", "raw")], {}, "GET", "/ipfs/")
@example(0, [], [("format", "raw")], {"Range": f"bytes=-{10**40}"}, "GET", "/ipfs/")
@hypothesis_settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_no_request_ends_in_an_error_of_ours(  # noqa: PLR0917 - what a request is made of
    hostile, root, path, query, headers, method, prefix
):
    app, cids = hostile
    name = str(cids[root % len(cids)]) if isinstance(root, int) else root

    whole = prefix + "/".join([name, *path])

    answer = app.test_client().open(
        method=method,
        query_string=query,
        headers=headers,
        environ_overrides={"PATH_INFO": whole.encode().decode("latin-1")},
    )
    try:
        answer.get_data()
    except Exception as error:  # noqa: BLE001 - a stream may break off, and by that error alone
        assert type(error).__name__ == "CutOffError", error  # noqa: PT017
    assert answer.status_code in KNOWN | {301, 308}
    assert "\n" not in "".join(value for _, value in answer.headers)
    answer.close()


@pytest.mark.parametrize(
    "cid",
    [
        "bafkrwifpcasb2ph5zfsmlrxlbi3lhbxtbhsysngrxflkcjjbyb3asqzu6a",  # blake3
        "bafykbzacedqp3zzrzzr6wjnhzrnlgqcj3vpn4m6ezxrjxxlt5pbl2bkdwzqqg",  # blake2b-256
        "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"[:-4],
        "f015510" + "00" * 4,
        "f01551220" + "00" * 31,
        "f0155122021" + "00" * 33,
        "f01551114" + "00" * 20,  # SHA-1
        "f0155d50110" + "00" * 16,  # MD5
        "f01ffffffffffffffffff01" + "00" * 34,
        "bafkqb77" + "a" * 180,
    ],
)
@pytest.mark.parametrize("format_", ["raw", "car"])
def test_cids_of_other_hashes_are_not_here_or_no_cids(hostile, cid: str, format_: str):
    app, _ = hostile

    answer = app.test_client().get(f"/ipfs/{cid}?format={format_}")

    assert answer.status_code in {400, 404}


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """The app by the server that nodes use."""
    with Served(app, threads=2) as server:
        yield server.port


@contextmanager
def closed_early() -> Iterator[None]:
    """The server may close the connection with some of a request unread: it has answered."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN}:
            raise


def answers_to(port: int, request: bytes) -> list[bytes]:
    """The status lines that a server answers bytes with, until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        received = b""
        with closed_early():
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        with closed_early():
            while part := connection.recv(65536):
                received += part
    return [line for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.")]


SMUGGLED = b"GET /ipfs/smuggled?format=raw HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 0\r\nContent-Length: 66\r\n",
        b"Content-Length: +66\r\n",
        b"Content-Length: 0x42\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ],
)
def test_a_request_whose_length_is_unclear_is_refused_and_nothing_after_it_read(hostile, head):
    app, cids = hostile
    request = b"GET /ipfs/%s?format=raw HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (
        str(cids[0]).encode(),
        head,
    )

    with served(app) as port:
        (status,) = answers_to(port, request + SMUGGLED)

    assert status.split()[1] in {b"400", b"501"}


def test_a_request_inside_a_body_is_part_of_the_body(hostile):
    app, cids = hostile
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    head = b"GET /ipfs/%s?format=raw HTTP/1.1\r\nHost: localhost\r\n" % str(cids[0]).encode()

    with served(app) as port:
        sized = answers_to(port, head + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED)
        chunked = answers_to(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)

    assert [line.split()[1] for line in sized] == [b"200"]
    assert [line.split()[1] for line in chunked] == [b"200"]


@pytest.mark.parametrize("length", [10_000, 300_000])
def test_a_huge_path_is_refused_and_the_next_request_served(hostile, length: int):
    app, cids = hostile
    end = b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

    with served(app) as port:
        refused = answers_to(port, b"GET /ipfs/" + b"a/" * (length // 2) + end)
        (after,) = answers_to(port, b"GET /ipfs/%s?format=raw" % str(cids[0]).encode() + end)

    assert {line.split()[1] for line in refused} <= {b"400", b"414", b"431"}
    assert after.split()[1] == b"200"


def test_a_stream_that_breaks_off_breaks_the_connection(tmp_path, dags: Dags):
    """Over HTTP/1.1 the last chunk is missing; over HTTP/1.0 the CAR itself is cut off."""
    missing = dags.raw(b"missing")
    root = dags.cbor([bytes(missing)])
    with Node(settings.load(tmp_path)) as node:
        node.blocks.put_many([(root.sha256, dags[root])])
        with served(create_peer_app(node)) as port:
            bodies = [body_of(port, root, version) for version in (b"1.1", b"1.0")]

    assert all(body.endswith((bytes(missing), bytes(missing) + b"\r\n")) for body in bodies)


def body_of(port: int, root: CID, version: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(
            b"GET /ipfs/%s?format=car HTTP/%s\r\nHost: localhost\r\n\r\n"
            % (str(root).encode(), version)
        )
        received = b""
        while part := connection.recv(65536):
            received += part
    return received.partition(b"\r\n\r\n")[2]


def test_a_client_that_goes_away_gives_its_place_back(tmp_path, dags: Dags):
    leaves = [dags.raw(number.to_bytes(4, "big") * 250_000) for number in range(60)]
    root = dags.cbor([bytes(leaf) for leaf in leaves])
    with Node(settings.load(tmp_path, serve_streams=1)) as node:
        node.blocks.put_many(dags.blocks())
        with served(create_peer_app(node)) as port:
            request = b"GET /ipfs/%s?format=car HTTP/1.1\r\nHost: localhost\r\n\r\n" % (
                str(root).encode()
            )
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(request)
                assert connection.recv(12) == b"HTTP/1.1 200"
            until = monotonic() + 30
            while not (free := has_free_place(node)) and monotonic() < until:
                sleep(0.05)

    assert free


def has_free_place(node: Node) -> bool:
    try:
        node.gateway.streams.take()
    except BusyError:
        return False
    node.gateway.streams.free()
    return True
