"""A chain per test, and short ways to make it do something."""

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_utils import to_checksum_address
from web3 import Web3

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from tests.chain.devchain.evm import deployment

Call = Callable[..., Any]


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[DevChain]:
    with DevChain(tmp_path / "chain.db") as opened:
        yield opened


@pytest.fixture
def web3(chain: DevChain) -> Web3:
    return Web3(chain.provider())


@pytest.fixture
def call(chain: DevChain) -> Call:
    """The result of a JSON-RPC method; fails the test if it is an error."""

    def invoke(method: str, *params: Any) -> Any:
        response = ask(chain, method, *params)
        assert "error" not in response, response
        return response["result"]

    return invoke


@pytest.fixture
def error(chain: DevChain) -> Call:
    """The error object of a JSON-RPC method; fails the test if it succeeds."""

    def invoke(method: str, *params: Any) -> Any:
        response = ask(chain, method, *params)
        assert "result" not in response, response
        return response["error"]

    return invoke


@pytest.fixture
def deploy(web3: Web3) -> Callable[[bytes], str]:
    """Create a contract with that runtime code; its address."""

    def create(runtime: bytes) -> str:
        sender = web3.eth.accounts[0]
        sent = web3.eth.send_transaction({"from": sender, "data": deployment(runtime)})
        address = web3.eth.get_transaction_receipt(sent)["contractAddress"]
        assert address is not None
        assert bytes(web3.eth.get_code(address)) == runtime
        return str(address)

    return create


def ask(chain: DevChain, method: str, *params: Any) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    return chain.handle(request)


def signed(nonce: int, *, account: int = 0, **fields: Any) -> str:
    """A raw transaction of a development account: one wei to another one unless told otherwise."""
    transaction: dict[str, Any] = {
        "chainId": 1337,
        "nonce": nonce,
        "gas": 21_000,
        "to": dev_account(1).address,
        "value": 1,
    }
    transaction |= fields
    transaction["to"] = transaction["to"] and to_checksum_address(transaction["to"])
    if "gasPrice" not in transaction:
        transaction.setdefault("maxFeePerGas", 3 * 10**9)
        transaction.setdefault("maxPriorityFeePerGas", 10**9)
    return "0x" + bytes(dev_account(account).sign_transaction(transaction).raw_transaction).hex()
