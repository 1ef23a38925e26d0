"""A peer that lies: an honest node behind a proxy that changes the blocks it hands out.

Run as ``python -m bench.swarm.liar HOST PORT NODE_PORT``. The proxy listens where other peers look
for the node, and asks the node on loopback. What it says about itself and its holdings is left as
it is, so that others come to it; in every answer that carries blocks one bit is wrong. Each lie is
a line on standard output.
"""

import http.client
import sys
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from random import Random

LOOPBACK = "127.0.0.1"
ANSWER_SECONDS = 60.0

_WITH_BLOCKS = ("application/vnd.ipld.car", "application/vnd.ipld.raw", "application/octet-stream")
_NOT_PASSED = {"connection", "transfer-encoding", "content-length", "keep-alive", "etag"}
_OK = 200


class Liar(ThreadingHTTPServer):
    """The proxy.

    Args:
        address: where it listens.
        node_port: of the honest node, on loopback.
        seed: of which bits are wrong.

    Attributes:
        lies: answers that were changed.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], node_port: int, seed: int = 0) -> None:
        super().__init__(address, _Handler)
        self.node_port = node_port
        self.lies = 0
        self._draw = Random(seed)

    def spoil(self, body: bytes) -> bytes:
        """The same with one wrong bit, in its second half: behind the header of any CAR."""
        spoilt = bytearray(body)
        spoilt[self._draw.randrange(len(body) // 2, len(body))] ^= 1 << self._draw.randrange(8)
        self.lies += 1
        print("lied", flush=True)
        return bytes(spoilt)


class _Handler(BaseHTTPRequestHandler):
    server: Liar
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on()

    def do_HEAD(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        passed = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in {"connection", "host", "if-none-match"}
        }
        node = http.client.HTTPConnection(LOOPBACK, self.server.node_port, timeout=ANSWER_SECONDS)
        try:
            node.request(self.command, self.path, sent or None, passed)
            answer = node.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self.send_error(502)
            return
        finally:
            node.close()
        kind = answer.headers.get_content_type()
        if answer.status == _OK and kind in _WITH_BLOCKS and body:
            body = self.server.spoil(body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _NOT_PASSED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until it is killed."""
    host, port, node_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with Liar((host, port), node_port, seed=port) as liar:
        liar.serve_forever()


if __name__ == "__main__":
    main()
