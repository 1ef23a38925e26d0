"""JSON-RPC over HTTP: what passes by itself is asked again, and an outage is told plainly."""

import gzip
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from web3.types import RPCEndpoint

from ledger.chain import endpoint as endpoints
from ledger.chain.endpoint import Endpoint
from ledger.chain.failover import DISTRUST_SECONDS
from ledger.chain.failover import EndpointsDisagreeError
from ledger.chain.failover import Failover
from ledger.errors import UnavailableError

METHOD = RPCEndpoint("eth_chainId")
Reply = Callable[[BaseHTTPRequestHandler, Any], None]


class Served:
    """A server that answers each request as it was told, and well from then on."""

    def __init__(
        self, server: ThreadingHTTPServer, asked: list[Any], headers: list[Message]
    ) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.asked = asked
        self.headers = headers


def well(handler: BaseHTTPRequestHandler, asked: Any) -> None:
    one = isinstance(asked, dict)
    answers = [
        {"jsonrpc": "2.0", "id": each["id"], "result": each["params"] or "0x1"}
        for each in ([asked] if one else asked)
    ]
    send(handler, json.dumps(answers[0] if one else answers[::-1]).encode())


def send(
    handler: BaseHTTPRequestHandler,
    content: bytes,
    status: int = 200,
    length: int = 0,
    **headers: str,
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(length or len(content)))
    handler.end_headers()
    handler.wfile.write(content)
    handler.close_connection = True


def status(code: int, **headers: str) -> Reply:
    return lambda handler, _: send(handler, b"<html>", code, **headers)


def content(body: bytes, *, length: int = 0) -> Reply:
    return lambda handler, _: send(handler, body, length=length)


def hang_up(handler: BaseHTTPRequestHandler, _asked: Any) -> None:
    handler.close_connection = True


def failing(code: int, *, http: int = 200, **given: Any) -> Reply:
    """A JSON-RPC error for each question."""

    def reply(handler: BaseHTTPRequestHandler, asked: Any) -> None:
        one = isinstance(asked, dict)
        answers = [
            {"jsonrpc": "2.0", "id": each["id"], "error": {"code": code, "message": "no"}} | given
            for each in ([asked] if one else asked)
        ]
        send(handler, json.dumps(answers[0] if one else answers).encode(), http)

    return reply


def with_batch(answers: Callable[[Any], Any]) -> Reply:
    """Batches answered so, and single questions well."""

    def reply(handler: BaseHTTPRequestHandler, asked: Any) -> None:
        if isinstance(asked, dict):
            well(handler, asked)
        else:
            send(handler, json.dumps(answers(asked)).encode())

    return reply


REFUSAL = {"jsonrpc": "2.0", "error": {"code": -32600, "message": "batch too large"}}


def refuse_batches(handler: BaseHTTPRequestHandler, asked: Any) -> None:
    if isinstance(asked, dict):
        well(handler, asked)
    else:
        error = {"code": -32600, "message": "batches are not taken"}
        answer = {"jsonrpc": "2.0", "id": None, "error": error}
        send(handler, json.dumps(answer).encode(), 400)


@contextmanager
def serving(*replies: Reply, then: Reply = well) -> Iterator[Served]:
    asked: list[Any] = []
    headers: list[Message] = []
    queue = list(replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body)
            headers.append(self.headers)
            (queue.pop(0) if queue else then)(self, body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Served(server, asked, headers)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "fault",
    [
        status(429),
        status(429, Retry_After="0"),
        status(503),
        status(500),
        hang_up,
        content(b"<html>not JSON</html>"),
        content(b'{"jsonrpc": "2.0", "id"'),
        content(b'{"jsonrpc": "2.0"}', length=4_000),
        content(b'{"jsonrpc": "2.0", "id": 987654, "result": "0x2"}'),
        content(b"[]"),
        content(b"null"),
        content(b"[" * 100_000),
    ],
)
def test_what_passes_by_itself_is_asked_again(fault: Reply):
    with serving(fault, fault) as served:
        assert Endpoint(served.url).make_request(METHOD, [])["result"] == "0x1"
    assert len(served.asked) == 3


@pytest.mark.parametrize("fault", [status(429), hang_up, content(b"{}")])
def test_after_some_attempts_it_counts_as_down(fault: Reply):
    with serving(then=fault) as served, pytest.raises(UnavailableError, match="does not answer at"):
        Endpoint(served.url).make_request(METHOD, [])
    assert len(served.asked) == endpoints.ATTEMPTS


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (status(401), "HTTP 401"),
        (status(413), "HTTP 413"),
        (status(429, Retry_After="3600"), "HTTP 429, ask again in 3600 s"),
    ],
)
def test_what_does_not_pass_is_not_asked_again(fault: Reply, told: str):
    with serving(then=fault) as served, pytest.raises(UnavailableError, match=told):
        Endpoint(served.url).make_request(METHOD, [])
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [failing(-32602), failing(-32602, id=None), failing(-32602, http=400), failing(3, http=404)],
)
def test_an_error_of_the_node_is_its_answer(reply: Reply):
    with serving(then=reply) as served:
        answer = Endpoint(served.url).make_request(METHOD, [])

    assert answer["error"]["message"] == "no"
    assert len(served.asked) == 1


def test_a_key_that_is_refused_makes_an_endpoint_unavailable():
    keyless = failing(-32000, http=401)

    with serving(then=keyless) as served, pytest.raises(UnavailableError, match="HTTP 401"):
        Endpoint(served.url).make_request(METHOD, [])


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("given", [{}, {"id": None}])
def test_one_that_limits_how_often_it_is_asked_is_asked_again(batch: bool, given: dict[str, Any]):
    limited = failing(-32005, **given)

    def ask(url: str) -> Any:
        endpoint = Endpoint(url)
        if batch:
            return endpoint.make_batch_request([(METHOD, []), (METHOD, [])])[1]
        return endpoint.make_request(METHOD, [])

    with serving(limited, limited) as served:
        assert ask(served.url)["result"] == "0x1"
    with serving(then=limited) as served, pytest.raises(UnavailableError, match="how often"):
        ask(served.url)
    assert len(served.asked) == endpoints.ATTEMPTS


def test_too_many_logs_are_the_answer():
    with serving(then=failing(-32005)) as served:
        answer = Endpoint(served.url).make_request(RPCEndpoint("eth_getLogs"), [{}])

    assert answer["error"]["code"] == -32005
    assert len(served.asked) == 1


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endpoints, "MAX_ANSWER_BYTES", 1_000)
    huge = content(json.dumps({"jsonrpc": "2.0", "id": 0, "result": "0x" * 1_000}).encode())

    with serving(then=huge) as served, pytest.raises(UnavailableError, match="does not answer"):
        Endpoint(served.url).make_request(METHOD, [])


def drip(handler: BaseHTTPRequestHandler, _asked: Any) -> None:
    """A byte at a time, for as long as somebody listens, but not for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000000")
    handler.end_headers()
    handler.close_connection = True
    until = time.monotonic() + 5
    with suppress(OSError):
        while time.monotonic() < until:
            handler.wfile.write(b" ")


def test_an_answer_that_drips_in_holds_nobody():
    with serving(then=drip) as served, pytest.raises(UnavailableError, match="does not end"):
        Endpoint(served.url, seconds=0.5).make_request(METHOD, [])
    assert len(served.asked) == 1


def test_compressed_and_chunked_answers_are_read():
    def compressed(handler: BaseHTTPRequestHandler, asked: Any) -> None:
        answer = {"jsonrpc": "2.0", "id": asked["id"], "result": "0x" + "ab" * 100_000}
        body = gzip.compress(json.dumps(answer).encode())
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(body), 100):
            part = body[start : start + 100]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True

    with serving(then=compressed) as served:
        assert len(Endpoint(served.url).make_request(METHOD, [])["result"]) == 200_002


@pytest.mark.parametrize(
    "reply",
    [
        well,
        refuse_batches,
        with_batch(lambda asked: [REFUSAL | {"id": asked[0]["id"]}]),
        with_batch(lambda _: [REFUSAL | {"id": None}]),
        with_batch(lambda asked: REFUSAL | {"id": asked[0]["id"]}),
        with_batch(lambda asked: [REFUSAL | {"id": None} for _ in asked]),
    ],
)
def test_answers_come_in_the_order_of_the_questions(reply: Reply):
    with serving(then=reply) as served:
        answers = Endpoint(served.url).make_batch_request([(METHOD, [n]) for n in range(1, 6)])

    assert [answer["result"] for answer in answers] == [[1], [2], [3], [4], [5]]


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_one_that_fails_rests_while_another_is_asked():
    clock = Clock()
    with serving(*[status(503)] * endpoints.ATTEMPTS) as first, serving() as second:
        failover = Failover([Endpoint(first.url), Endpoint(second.url)], clock=clock)

        for _ in range(3):
            assert failover.make_request(METHOD, [])["result"] == "0x1"
        assert (len(first.asked), len(second.asked)) == (endpoints.ATTEMPTS, 3)
        assert "HTTP 503" in failover.health[0].problem

        clock.now += 2
        failover.make_request(METHOD, [])
        assert len(second.asked) == 3
        assert failover.health[0].problem == ""


def test_when_none_answers_all_are_named():
    with serving(then=status(503)) as first, serving(then=hang_up) as second:
        failover = Failover([Endpoint(first.url), Endpoint(second.url)])

        with pytest.raises(UnavailableError) as caught:
            failover.make_batch_request([(METHOD, [])])
    assert first.url in caught.value.message
    assert second.url in caught.value.message


def block(block_hash: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler, asked: Any) -> None:
        found = None if block_hash == "none yet" else {"hash": block_hash}
        answer = {"jsonrpc": "2.0", "id": asked["id"], "result": found}
        send(handler, json.dumps(answer).encode())

    return reply


def test_one_that_contradicts_the_others_is_not_asked_for_a_while():
    clock = Clock()
    with (
        serving(then=block("0xbad")) as liar,
        serving(then=block("0xgood")) as second,
        serving(then=block("0xgood")) as third,
    ):
        failover = Failover([Endpoint(each.url) for each in (liar, second, third)], clock=clock)
        failover.require_agreement(7)

        assert failover.make_request(METHOD, [])["result"] == {"hash": "0xgood"}
        assert "contradicts the others about block 7" in failover.health[0].problem
        clock.now += DISTRUST_SECONDS + 1
        assert failover.make_request(METHOD, [])["result"] == {"hash": "0xbad"}


def test_one_that_contradicts_the_others_is_not_asked_when_they_are_down():
    clock = Clock()
    with serving(then=block("0xbad")) as liar:
        with serving(then=block("0xgood")) as second, serving(then=block("0xgood")) as third:
            failover = Failover([Endpoint(each.url) for each in (liar, second, third)], clock=clock)
            failover.require_agreement(7)
            asked = len(liar.asked)
            urls = [second.url, third.url]

        with pytest.raises(UnavailableError) as caught:
            failover.make_request(METHOD, [])
        failover.require_agreement(8)
        assert len(liar.asked) == asked
    assert all(url in caught.value.message for url in urls)
    assert f"{liar.url} is not asked: it contradicts the others" in caught.value.message


def test_one_alone_settles_nothing():
    with (
        serving(then=block("0x1")) as first,
        serving(block("0x2"), then=hang_up) as second,
    ):
        failover = Failover([Endpoint(first.url), Endpoint(second.url)])
        with pytest.raises(EndpointsDisagreeError):
            failover.require_agreement(7)

        with pytest.raises(EndpointsDisagreeError):
            failover.make_request(METHOD, [])


def test_a_block_that_one_alone_has_is_compared_once_another_has_it():
    with (
        serving(then=block("0x1")) as first,
        serving(block("none yet"), then=block("0x2")) as second,
    ):
        failover = Failover([Endpoint(first.url), Endpoint(second.url)])
        failover.require_agreement(7)

        with pytest.raises(EndpointsDisagreeError):
            failover.require_agreement(7)


def down_at_first(then: Reply) -> Any:
    return serving(*[hang_up] * endpoints.ATTEMPTS, then=then)


def test_one_that_was_down_at_first_is_compared_before_it_is_used():
    with (
        down_at_first(block("0xother")) as first,
        serving(then=block("0x1")) as second,
        serving(then=block("0x1")) as third,
    ):
        failover = Failover([Endpoint(each.url) for each in (first, second, third)])
        failover.require_agreement(0)

        assert failover.make_request(METHOD, [])["result"] == {"hash": "0x1"}
        assert "contradicts the others about block 0" in failover.health[0].problem


@pytest.mark.parametrize("same", [True, False])
def test_of_two_the_one_that_was_down_at_first_is_compared_too(same: bool):
    with (
        down_at_first(block("0x1" if same else "0xother")) as first,
        serving(then=block("0x1")) as second,
    ):
        failover = Failover([Endpoint(each.url) for each in (first, second)])
        failover.require_agreement(0)

        if same:
            assert failover.make_request(METHOD, [])["result"] == {"hash": "0x1"}
            assert first.asked[-1]["method"] == METHOD
        else:
            with pytest.raises(EndpointsDisagreeError):
                failover.make_request(METHOD, [])


def test_an_opinion_is_not_shown_at_length():
    with serving(then=block("0x1" * 500)) as first, serving(then=block("0x2")) as second:
        failover = Failover([Endpoint(first.url), Endpoint(second.url)])

        with pytest.raises(EndpointsDisagreeError) as caught:
            failover.require_agreement(7)
    assert len(caught.value.message) < 250


def test_without_a_majority_nobody_is_believed():
    with serving(then=block("0x1")) as first, serving(then=block("0x2")) as second:
        failover = Failover([Endpoint(first.url), Endpoint(second.url)])

        with pytest.raises(EndpointsDisagreeError, match="disagree about block 7") as caught:
            failover.require_agreement(7)
        with pytest.raises(EndpointsDisagreeError):
            failover.make_request(METHOD, [])
    assert "a third" in caught.value.hint


def test_once_they_agree_they_are_believed_again():
    with (
        serving(block("0x1"), then=block("0x2")) as first,
        serving(then=block("0x2")) as second,
    ):
        failover = Failover([Endpoint(first.url), Endpoint(second.url)])
        with pytest.raises(EndpointsDisagreeError):
            failover.require_agreement(7)

        assert failover.make_request(METHOD, [])["result"] == {"hash": "0x2"}


def test_one_that_lags_or_is_down_contradicts_nobody():
    with (
        serving(then=block("0x1")) as first,
        serving(then=block("none yet")) as second,
        serving(then=hang_up) as third,
    ):
        failover = Failover([Endpoint(each.url) for each in (first, second, third)])

        failover.require_agreement(7)

    assert [health.problem for health in failover.health] == ["", "", ""]


def test_what_the_environment_says_of_proxies_and_keys_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    keys = tmp_path / "netrc"
    keys.write_text("machine node.invalid login me password secret\n")
    monkeypatch.setenv("NETRC", str(keys))
    with serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)

        answer = Endpoint("http://node.invalid").make_request(METHOD, [])

    assert answer["result"] == "0x1"
    (headers,) = proxy.headers
    assert headers["Host"] == "node.invalid"
    assert headers["Authorization"] == "Basic " + b64encode(b"me:secret").decode()
