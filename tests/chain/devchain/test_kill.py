"""kill -9 at any moment: the last complete block stays, and so does all that was acknowledged."""

import http.client
import random
import sqlite3
import threading
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from tests.chain.devchain.conftest import ask
from tests.chain.devchain.conftest import signed
from tests.chain.devchain.process import DEADLINE_SECONDS
from tests.chain.devchain.process import Client
from tests.chain.devchain.process import serving

SENDERS = (0, 1)
LOST_CONNECTION = (OSError, http.client.HTTPException)


class Stream:
    """Sends transactions of one account until the server is gone; remembers the answers."""

    def __init__(self, url: str, account: int, enough: int) -> None:
        self.acknowledged: list[str] = []
        self.reached_enough = threading.Event()
        self._enough = enough
        self._url = url
        self._account = account
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with Client(self._url) as client:
            try:
                self._send_all(client)
            except LOST_CONNECTION:
                return

    def _send_all(self, client: Client) -> None:
        address = dev_account(self._account).address
        nonce = int(client.call("eth_getTransactionCount", address, "latest"), 16)
        while True:
            raw = signed(nonce, account=self._account)
            self.acknowledged.append(client.call("eth_sendRawTransaction", raw))
            nonce += 1
            if len(self.acknowledged) >= self._enough:
                self.reached_enough.set()


def killed_while_sending(path: Path, chance: random.Random) -> list[str]:
    with serving(path) as server:
        streams = [Stream(server.url, account, chance.randint(1, 25)) for account in SENDERS]
        for stream in streams:
            assert stream.reached_enough.wait(DEADLINE_SECONDS)
        # Another random moment, so that the kill also falls into the writing of a block.
        threading.Event().wait(chance.uniform(0, 0.02))
        server.kill()
        for stream in streams:
            stream.join()
    return [sent for stream in streams for sent in stream.acknowledged]


def check_whole_chain(chain: DevChain) -> dict[str, int]:
    """Every block hangs on its parent; the nonces in the state count the mined transactions."""
    backend = chain.backend
    mined: dict[str, int] = {}
    parent = backend.header_by_number(0)
    assert parent is not None
    for number in range(1, backend.head.block_number + 1):
        header = backend.header_by_number(number)
        assert header is not None
        assert header.parent_hash == parent.hash
        assert header.timestamp > parent.timestamp
        (block_hash,) = backend.transaction_hashes(header)
        mined["0x" + block_hash.hex()] = number
        assert len(backend.receipts(header)) == 1
        parent = header
    assert parent == backend.head
    state = backend.state(backend.head)
    nonces = [state.get_nonce(address) for address in backend.get_accounts()]
    assert sum(nonces) == len(mined)
    return mined


@pytest.mark.parametrize(
    "rounds", [5, pytest.param(30, marks=[pytest.mark.slow, pytest.mark.long])]
)
def test_nothing_acknowledged_is_lost(tmp_path: Path, rounds: int):
    path = tmp_path / "chain.db"
    chance = random.Random(20_240_229)
    acknowledged: list[str] = []
    for _ in range(rounds):
        acknowledged += killed_while_sending(path, chance)
        with sqlite3.connect(path) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()
        with DevChain(path) as chain:
            mined = check_whole_chain(chain)
            assert set(acknowledged) <= set(mined)
            for account in SENDERS:
                address = dev_account(account).address
                nonce = int(ask(chain, "eth_getTransactionCount", address)["result"], 16)
                raw = signed(nonce, account=account)
                sent = ask(chain, "eth_sendRawTransaction", raw)["result"]
                assert sent == "0x" + keccak(bytes.fromhex(raw[2:])).hex()
                acknowledged.append(sent)
