"""Real nodes on loopback: the development chain over HTTP, Anvil, and geth in its --dev mode.

Each has a data folder of its own, knows no peer, looks for none, and is stopped at the end.
"""

import os
import re
import subprocess
import threading
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from ledger.chain.connection import Endpoint
from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.server import serve
from tests.services import required
from tools.services import Anvil
from tools.services import Geth

START_SECONDS = 60
STOP_SECONDS = 20

EPOCH_BLOCKS = 16
MOST_EPOCHS = 16
"""More than any of the nodes takes to call a block final."""


@dataclass(frozen=True)
class EthereumNode:
    """A node that mines each transaction at once, with an account of its own that can pay.

    Attributes:
        kind: one of `KINDS`.
        url: its JSON-RPC endpoint.
        w3: a client of it.
    """

    kind: str
    url: str
    w3: Web3

    @property
    def chain_id(self) -> int:
        return int(self.w3.eth.chain_id)

    def ask(self, method: str, *parameters: Any) -> Any:
        """The result of a call that web3 has no name for."""
        answer = self.w3.provider.make_request(method, parameters)  # type: ignore[arg-type]
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def funded(self, ether: int = 10) -> LocalAccount:
        """A new account that holds this much."""
        account: LocalAccount = Account.create()
        self.give(account.address, ether)
        return account

    def give(self, address: str, ether: int) -> None:
        purse = self.w3.eth.accounts[0]
        value = self.w3.to_wei(ether, "ether")
        sent = self.w3.eth.send_transaction({"from": purse, "to": address, "value": value})
        assert self.w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["status"] == 1

    def mine(self, blocks: int = 1) -> None:
        """Add blocks to the chain."""
        for _ in range(blocks):
            if self.kind == "geth":  # which mines nothing but transactions
                self.give(self.w3.eth.accounts[0], 0)
            else:
                self.ask("evm_mine")

    def settle(self) -> None:
        """Mine until what is the newest block now is final."""
        head = self.w3.eth.block_number
        for _ in range(MOST_EPOCHS):
            if self.w3.eth.get_block("finalized")["number"] >= head:
                return
            self.mine(EPOCH_BLOCKS)
        raise AssertionError("the node calls no new block final")


@contextmanager
def development_chain(folder: Path) -> Iterator[EthereumNode]:
    with DevChain(folder / "chain.sqlite") as chain, serve(chain) as server:
        yield _client("dev", server.url)


@contextmanager
def anvil(folder: Path, *options: str) -> Iterator[EthereumNode]:
    command = [required(Anvil()), "--host", "127.0.0.1", "--port", "0", *options]
    with running(command, folder, re.compile(r"Listening on 127\.0\.0\.1:(\d+)")) as port:
        yield _client("anvil", f"http://127.0.0.1:{port}")


@contextmanager
def geth(folder: Path, *options: str) -> Iterator[EthereumNode]:
    alone = ["--nodiscover", "--maxpeers", "0", "--nat", "none", "--port", "0", "--ipcdisable"]
    served = ["--http", "--http.addr", "127.0.0.1", "--http.port", "0"]
    unused = ["--authrpc.addr", "127.0.0.1", "--authrpc.port", "0", "--cache", "64"]
    command = [required(Geth()), "--dev", "--datadir", folder, *alone, *served, *unused, *options]
    ready = re.compile(r"HTTP server started +endpoint=127\.0\.0\.1:(\d+) auth=false")
    with running(command, folder, ready) as port:
        yield _client("geth", f"http://127.0.0.1:{port}")


KINDS: dict[str, Callable[[Path], Any]] = {
    "dev": development_chain,
    "anvil": anvil,
    "geth": geth,
}


@contextmanager
def running(command: Sequence[str | Path], folder: Path, ready: re.Pattern[str]) -> Iterator[str]:
    """Run a program until the end; gives what it says when it is ready."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        # Both write below the home folder what outlives them: caches, keys.
        env=os.environ | {"HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = _Output(process, ready)
    try:
        yield output.announced()
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output.close()


class _Output:
    """Reads what a program prints, so that its pipe never fills."""

    def __init__(self, process: subprocess.Popen[str], ready: re.Pattern[str]) -> None:
        assert process.stdout is not None
        self._stream = process.stdout
        self._ready = ready
        self._said: list[str] = []
        self._found: str | None = None
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._read, name="node-output")
        self._thread.start()

    def announced(self) -> str:
        self._settled.wait(START_SECONDS)
        assert self._found is not None, "it does not start:\n" + "".join(self._said[-20:])
        return self._found

    def close(self) -> None:
        self._thread.join()
        self._stream.close()

    def _read(self) -> None:
        for line in self._stream:
            if self._found is None:
                self._said.append(line)
                if match := self._ready.search(line):
                    self._found = match[1]
                    self._settled.set()
        self._settled.set()


def _client(kind: str, url: str) -> EthereumNode:
    return EthereumNode(kind, url, Web3(Endpoint(url)))
