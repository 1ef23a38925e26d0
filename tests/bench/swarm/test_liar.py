"""The liar lies about blocks, and about nothing else."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

import pytest

from bench.swarm.liar import Liar

ANSWERS = {
    "/ipfs/raw": ("application/vnd.ipld.raw", bytes(range(200))),
    "/ipfs/car": ("application/vnd.ipld.car; version=1", bytes(200)),
    "/peers/v1/node": ("application/json", b'{"peer_id": "x"}'),
}


class Honest(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = ANSWERS[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def liar() -> Iterator[Liar]:
    honest = ThreadingHTTPServer(("127.0.0.1", 0), Honest)
    made = Liar(("127.0.0.1", 0), honest.server_port, seed=1)
    threads = [threading.Thread(target=each.serve_forever) for each in (honest, made)]
    for thread in threads:
        thread.start()
    yield made
    for server in (made, honest):
        server.shutdown()
        server.server_close()
    for thread in threads:
        thread.join()


def get(liar: Liar, path: str) -> bytes:
    with closing(urllib.request.urlopen(f"http://127.0.0.1:{liar.server_port}{path}")) as answer:
        return answer.read()


@pytest.mark.parametrize("path", ["/ipfs/raw", "/ipfs/car"])
def test_one_bit_of_every_answer_with_blocks_is_wrong(liar: Liar, path: str):
    for _ in range(3):
        told = get(liar, path)

        _, honest = ANSWERS[path]
        wrong = [a ^ b for a, b in zip(told, honest, strict=True) if a != b]
        assert len(wrong) == 1
        assert wrong[0].bit_count() == 1
    assert liar.lies == 3


def test_everything_else_is_passed_on(liar: Liar):
    assert get(liar, "/peers/v1/node") == ANSWERS["/peers/v1/node"][1]

    request = urllib.request.Request(
        f"http://127.0.0.1:{liar.server_port}/peers/v1/have", b"who?", method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value as error:
        assert (error.code, error.read()) == (404, b"who?")
    assert liar.lies == 0
