"""A proxy in front of a node that does to requests and answers what networks do.

Which fault strikes is drawn from a seed, so that a run can be repeated.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any

import requests

HEALTHY = "healthy"
LAG_BLOCKS = 3
"""How far a stale node is behind."""


class FaultyProxy(ThreadingHTTPServer):
    """Passes JSON-RPC on, and every now and then does harm.

    Attributes:
        struck: how often each fault did.
        rate: share of requests that meet a fault.
    """

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, upstream: str, *, seed: int, rate: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.struck: Counter[str] = Counter()
        self.rate = rate
        self._upstream = upstream
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._session = requests.Session()
        self.previous = b"{}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def draw(self) -> str:
        with self._lock:
            strikes = self._random.random() < self.rate
            fault = self._random.choice(list(FAULTS)) if strikes else HEALTHY
            self.struck[fault] += 1
            return fault

    def ask(self, body: bytes) -> bytes:
        """The node's answer."""
        headers = {"Content-Type": "application/json"}
        return self._session.post(self._upstream, data=body, headers=headers, timeout=30).content

    def head(self) -> int:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
        return int(json.loads(self.ask(json.dumps(asked).encode()))["result"], 16)


class _Handler(BaseHTTPRequestHandler):
    server: FaultyProxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.draw()
        if fault == HEALTHY:
            answer = self.server.ask(body)
            self.server.previous = answer
            self.reply(answer)
        else:
            FAULTS[fault](self, body)

    def reply(
        self,
        content: bytes,
        *,
        status: int = 200,
        kind: str = "application/json",
        length: int | None = None,
        **headers: str,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _drop_the_request(handler: _Handler, _body: bytes) -> None:
    handler.close_connection = True


def _drop_the_answer(handler: _Handler, body: bytes) -> None:
    handler.server.ask(body)
    handler.close_connection = True


def _delay(handler: _Handler, body: bytes) -> None:
    answer = handler.server.ask(body)
    time.sleep(0.05)
    handler.reply(answer)


def _duplicate(handler: _Handler, body: bytes) -> None:
    handler.server.ask(body)
    handler.reply(handler.server.ask(body))


def _truncate(handler: _Handler, body: bytes) -> None:
    answer = handler.server.ask(body)
    handler.reply(answer[: len(answer) // 2], length=len(answer))
    handler.close_connection = True


def _cut_off(handler: _Handler, body: bytes) -> None:
    answer = handler.server.ask(body)
    handler.reply(answer[: len(answer) // 2])


def _another_type(handler: _Handler, _body: bytes) -> None:
    handler.reply(b"<html><body>Just a moment...</body></html>", kind="text/html")


def _too_many(handler: _Handler, _body: bytes) -> None:
    handler.reply(b"slow down", status=429, kind="text/plain", Retry_After="0")


def _out_of_order(handler: _Handler, body: bytes) -> None:
    answer = json.loads(handler.server.ask(body))
    if isinstance(answer, list):
        handler.reply(json.dumps(answer[::-1]).encode())
    else:
        handler.reply(handler.server.previous)  # the answer to an earlier question


def _stale(handler: _Handler, body: bytes) -> None:
    """A node behind a load balancer that has not got the newest blocks yet."""
    head = max(handler.server.head() - LAG_BLOCKS, 0)
    asked = json.loads(body)
    one = isinstance(asked, dict)
    answers = [_as_of(handler, call, head) for call in ([asked] if one else asked)]
    handler.reply(json.dumps(answers[0] if one else answers).encode())


def _as_of(handler: _Handler, call: dict[str, Any], head: int) -> dict[str, Any]:
    def answer(result: Any) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}

    method, params = call["method"], call["params"]
    if method == "eth_blockNumber":
        return answer(hex(head))
    if method == "eth_getBlockByNumber" and params[0] in {"latest", "safe", "finalized"}:
        call = {**call, "params": [hex(head), *params[1:]]}
    elif method == "eth_getBlockByNumber" and int(params[0], 16) > head:
        return answer(None)
    elif method == "eth_getLogs" and "toBlock" in params[0]:
        start = int(params[0]["fromBlock"], 16)
        if start > head:
            return answer([])
        end = min(int(params[0]["toBlock"], 16), head)
        call = {**call, "params": [{**params[0], "toBlock": hex(end)}]}
    elif method in {"eth_getTransactionCount", "eth_call", "eth_getCode", "eth_getBalance"}:
        call = {**call, "params": [*params[:-1], hex(head)]}
    found: dict[str, Any] = json.loads(handler.server.ask(json.dumps(call).encode()))
    result = found.get("result")
    if method == "eth_getTransactionReceipt" and result and int(result["blockNumber"], 16) > head:
        return answer(None)
    return found


FAULTS: dict[str, Callable[[_Handler, bytes], None]] = {
    "drop the request": _drop_the_request,
    "drop the answer": _drop_the_answer,
    "delay": _delay,
    "duplicate": _duplicate,
    "truncate": _truncate,
    "cut off": _cut_off,
    "another content type": _another_type,
    "too many requests": _too_many,
    "out of order": _out_of_order,
    "stale": _stale,
}


@contextmanager
def faulty(upstream: str, *, seed: int, rate: float) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(upstream, seed=seed, rate=rate)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
