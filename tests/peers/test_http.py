"""What a server may do to whoever asks it: little, and not for long."""

import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.peers import connections
from ledger.peers.addresses import AddressPolicy
from ledger.peers.addresses import networks
from ledger.peers.http import FAULTS_OF_A_PEER
from ledger.peers.http import BusyError
from ledger.peers.http import MisbehavedError
from ledger.peers.http import NotHeldError
from ledger.peers.http import PeerUnavailableError
from ledger.peers.http import Web
from tests.peers.servers import http_server
from tests.peers.servers import raw_server

LOOPBACK = networks("127.0.0.0/8")

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def web() -> Iterator[Web]:
    opened = Web(AddressPolicy([], LOOPBACK))
    yield opened
    opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second, and then a pace that nobody keeps who sends single bytes."""
    monkeypatch.setattr(connections, "GRACE_SECONDS", 0.5)


def saying(content: bytes) -> Callable[[socket.socket, threading.Event], None]:
    return lambda connection, _: connection.sendall(content)


def dripping(beginning: bytes, drop: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Sends a little, again and again, as long as anybody listens."""

    def speak(connection: socket.socket, stopped: threading.Event) -> None:
        connection.sendall(beginning)
        while not stopped.wait(0.02):
            connection.sendall(drop)

    return speak


@pytest.mark.parametrize(("status", "fault"), [(404, NotHeldError), (410, NotHeldError)])
def test_what_is_not_there_is_no_fault(web: Web, status: int, fault: type[Exception]):
    with http_server(lambda _: (status, b"")) as server, pytest.raises(fault):
        web.json("GET", server.url)


@pytest.mark.parametrize("status", [300, 302, 304, 400, 403, 429, 500, 503])
def test_a_refusal_is_told_with_its_status(web: Web, status: int):
    with (
        http_server(lambda _: (status, b"[1]")) as server,
        pytest.raises(PeerUnavailableError, match=f"{server.url} answers HTTP {status}"),
    ):
        web.json("GET", server.url)


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7), ("86400", 60), ("soon", 1), ("", 1), ("9" * 40, 1)]
)
def test_who_is_busy_is_left_alone_for_as_long_as_it_asks_within_reason(
    web: Web, asked: str, seconds: int
):
    with (
        http_server(lambda _: (503, b""), Retry_After=asked) as server,
        pytest.raises(BusyError) as busy,
    ):
        web.json("GET", server.url)

    assert busy.value.pause_seconds == seconds


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000, b"9" * 10_000, b"NaN1"])
def test_an_answer_that_is_no_json_is_misbehaviour(web: Web, content: bytes):
    with http_server(lambda _: (200, content)) as server, pytest.raises(MisbehavedError):
        web.json("GET", server.url)


def test_a_password_in_a_url_is_in_no_message(web: Web):
    with http_server(lambda _: (500, b"")) as server:
        url = server.url.replace("http://", "http://me:secret@")
        with pytest.raises(PeerUnavailableError) as caught:
            web.json("GET", url)

    assert "secret" not in caught.value.diagnostics()


def test_nobody_there_is_told_with_the_address(web: Web):
    with raw_server() as server:
        url = server.url

    with pytest.raises(PeerUnavailableError, match=f"{url} does not answer"):
        web.json("GET", url)


def test_a_body_may_be_as_long_as_allowed_and_no_longer(web: Web):
    with http_server(lambda _: (200, bytes(1_000))) as server:
        with web.open("GET", server.url, seconds=5, most_bytes=1_000) as body:
            assert body.read() == bytes(1_000)
        with (
            pytest.raises(MisbehavedError, match="sends more than it should"),
            web.open("GET", server.url, seconds=5, most_bytes=999) as body,
        ):
            body.read()


def test_a_compressed_body_is_not_unpacked(web: Web):
    with (
        http_server(lambda _: (200, b"\x1f\x8b"), Content_Encoding="gzip") as server,
        web.open("GET", server.url, seconds=5, most_bytes=10) as body,
    ):
        assert body.read() == b"\x1f\x8b"

    assert server.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 2",
        HEAD + b"X-Slow: ",
        HEAD + b"Content-Length: 1000000\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;x=",
    ],
    ids=["status", "protocol", "header", "body", "chunk size", "chunk extension"],
)
@pytest.mark.usefixtures("impatient")
def test_who_sends_byte_by_byte_is_given_up(web: Web, beginning: bytes):
    with raw_server(dripping(beginning, b"1")) as server:
        began = time.monotonic()
        with pytest.raises(PeerUnavailableError):
            web.json("GET", server.url, seconds=60)

    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("beginning", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: more\r\n"),
        (HEAD, b"X-Header: more\r\n"),
    ],
    ids=["interim answers", "trailers", "headers"],
)
@pytest.mark.usefixtures("impatient")
def test_who_never_comes_to_an_end_is_given_up(web: Web, beginning: bytes, again: bytes):
    with raw_server(dripping(beginning, again)) as server:
        began = time.monotonic()
        with pytest.raises(PeerUnavailableError):
            web.json("GET", server.url, seconds=60)

    assert time.monotonic() - began < 10


def test_an_answer_ends_when_its_time_is_over_however_fast_it_comes(web: Web):
    with raw_server(dripping(HEAD + b"\r\n", bytes(10_000))) as server:
        began = time.monotonic()
        with (
            pytest.raises(PeerUnavailableError),
            web.open("GET", server.url, seconds=0.3, most_bytes=10**12) as body,
        ):
            body.read()

    assert time.monotonic() - began < 10


def test_a_body_without_an_end_is_cut_where_it_gets_too_long(web: Web):
    with (
        raw_server(dripping(HEAD + b"\r\n", bytes(1_000_000))) as server,
        pytest.raises(MisbehavedError, match="more than it should"),
    ):
        web.json("GET", server.url)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 999999999999 OK\r\n\r\n",
        HEAD + b"Content-Length: 10\r\n\r\n12",
        HEAD + b"Content-Length: -1\r\n\r\n[1]x",
        HEAD + b"Content-Length: ten\r\n\r\n[",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        HEAD + b"X: y\r\n" * 200 + b"\r\n",
    ],
)
def test_what_is_no_http_is_a_fault_of_the_peer(web: Web, answer: bytes):
    with raw_server(saying(answer)) as server, pytest.raises(FAULTS_OF_A_PEER):
        web.json("GET", server.url)


@settings(max_examples=60)
@given(answer=st.binary(max_size=200) | st.binary(max_size=200).map(HEAD.__add__))
def test_no_answer_raises_anything_else(answer: bytes):
    web = Web(AddressPolicy([], LOOPBACK))
    with raw_server(saying(answer)) as server:
        try:
            web.json("GET", server.url)
        except FAULTS_OF_A_PEER:
            pass
        finally:
            web.close()


def test_closing_breaks_off_what_is_under_way(web: Web):
    outcome: list[Exception] = []

    def ask(url: str) -> None:
        try:
            web.json("GET", url, seconds=120)
        except PeerUnavailableError as error:
            outcome.append(error)

    with raw_server(lambda _, stopped: stopped.wait(60) and None) as server:
        asking = threading.Thread(target=ask, args=(server.url,))
        asking.start()
        deadline = time.monotonic() + 30
        while not server.accepted or not web._guard._answers:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        began = time.monotonic()
        web.close()
        asking.join(30)

    assert outcome
    assert time.monotonic() - began < 5
    with pytest.raises(PeerUnavailableError, match="stopping"):
        web.json("GET", server.url)


def test_connections_are_used_again(web: Web):
    with http_server(lambda _: (200, b"1")) as server:
        for _ in range(5):
            web.json("GET", server.url)

    assert (len(server.asked), server.connections) == (5, 1)
