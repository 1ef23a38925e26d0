"""A signer in another process, as clef and Web3signer are: JSON-RPC over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount


class SigningServer(ThreadingHTTPServer):
    """Signs with one key, in the dialect of nodes (``eth_…``) or of clef (``account_…``).

    Attributes:
        refusal: what it says instead of signing.
        meddle: changes to a transaction before it is signed.
        raw_only: answers with the raw transaction alone, as Web3signer does.
        result: what it answers with instead, unless it is None.
    """

    def __init__(self, account: LocalAccount, *, prefix: str, raw_only: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.account = account
        self.prefix = prefix
        self.raw_only = raw_only
        self.refusal: str | None = None
        self.meddle: dict[str, Any] = {}
        self.result: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        if self.refusal is not None:
            return {"error": {"code": -32000, "message": self.refusal}}
        if self.result is not None:
            return {"result": self.result}
        if method == f"{self.prefix}signTypedData" + ("_v4" if self.prefix == "eth_" else ""):
            _, message = params
            signed = self.account.sign_message(encode_typed_data(full_message=message))
            return {"result": signed.signature.to_0x_hex()}
        if method == f"{self.prefix}signTransaction":
            transaction = {name: each for name, each in params[0].items() if name != "from"}
            signed_transaction = self.account.sign_transaction({**transaction, **self.meddle})
            raw = signed_transaction.raw_transaction.to_0x_hex()
            return {"result": raw if self.raw_only else {"raw": raw, "tx": {}}}
        return {"error": {"code": -32601, "message": f"the method {method} does not exist"}}


class _Handler(BaseHTTPRequestHandler):
    server: SigningServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        answer = self.server.answer(asked["method"], asked["params"])
        content = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def signing(
    account: LocalAccount | None = None, *, prefix: str = "eth_", raw_only: bool = False
) -> Iterator[SigningServer]:
    server = SigningServer(account or Account.create(), prefix=prefix, raw_only=raw_only)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
