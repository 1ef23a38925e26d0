"""How fast the development chain mines, and how long it takes to read what it mined.

Usage: ``python -m bench.devchain [--blocks 2000]``. Each block holds one transaction that emits
one event, as an anchor does. Every block is on disk (fsync) before the next one begins.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eth_utils import to_checksum_address

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.server import serve

# A contract that logs its calldata, with the first word as the topic: as small as one can be.
RUNTIME = bytes.fromhex("5f35365f5f37365fa100")
INITCODE = bytes.fromhex("61000a80600a5f395ff3") + RUNTIME

Call = Callable[..., Any]


def signed(nonce: int, **fields: Any) -> str:
    transaction = {
        "chainId": 1337,
        "nonce": nonce,
        "gas": 100_000,
        "value": 0,
        "maxFeePerGas": 3 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        **fields,
    }
    return "0x" + bytes(dev_account(0).sign_transaction(transaction).raw_transaction).hex()


def caller(chain: DevChain) -> Call:
    def call(method: str, *params: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return json.loads(chain.handle_bytes(json.dumps(request).encode()))["result"]

    return call


def http_caller(url: str) -> Call:
    def call(method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, body.encode(), headers)
        with urllib.request.urlopen(request) as response:
            return json.loads(response.read())["result"]

    return call


def timed(label: str, count: int, unit: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    print(f"{label:<44} {seconds:8.2f} s {count / seconds:10.0f} {unit}/s")
    return result


def emissions(contract: str, first_nonce: int, count: int) -> Iterator[str]:
    for nonce in range(first_nonce, first_nonce + count):
        yield signed(nonce, to=contract, data=nonce.to_bytes(32, "big") + bytes(64))


def measure(chain: DevChain, blocks: int) -> None:
    call = caller(chain)
    call("eth_sendRawTransaction", signed(0, to="", data=INITCODE))
    contract = call("eth_getBlockReceipts", "latest")[0]["contractAddress"]
    target = dev_account(1).address

    transfers = [signed(nonce, to=target, value=1) for nonce in range(1, blocks // 4 + 1)]
    timed(
        "mine transfers",
        len(transfers),
        "blocks",
        lambda: [call("eth_sendRawTransaction", raw) for raw in transfers],
    )
    events = list(emissions(to_checksum_address(contract), len(transfers) + 1, blocks))
    hashes = timed(
        "mine events",
        blocks,
        "blocks",
        lambda: [call("eth_sendRawTransaction", raw) for raw in events],
    )
    everything = {"fromBlock": "0x0", "toBlock": "latest", "address": contract}
    logs = timed("eth_getLogs over all", blocks, "logs", lambda: call("eth_getLogs", everything))
    assert len(logs) == blocks
    one = {**everything, "topics": [logs[-1]["topics"][0]]}
    found = timed("eth_getLogs for one topic", blocks, "blocks", lambda: call("eth_getLogs", one))
    assert found == logs[-1:]
    timed(
        "eth_getTransactionReceipt",
        blocks,
        "receipts",
        lambda: [call("eth_getTransactionReceipt", each) for each in hashes],
    )
    with serve(chain) as server:
        over_http = http_caller(server.url)
        timed(
            "eth_getTransactionReceipt over HTTP",
            blocks,
            "receipts",
            lambda: [over_http("eth_getTransactionReceipt", each) for each in hashes],
        )
    timed(
        "eth_call",
        blocks,
        "calls",
        lambda: [call("eth_call", {"to": contract, "input": "0x" + "00" * 32}) for _ in hashes],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=2_000)
    blocks = parser.parse_args().blocks
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {blocks} blocks")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.db"
        with DevChain(path) as chain:
            measure(chain, blocks)
            size = sum(each.stat().st_size for each in Path(folder).iterdir())
        print(f"{'on disk':<44} {size / 2**20:8.1f} MiB")
        reopened = timed("reopen", 1, "chains", lambda: DevChain(path))
        reopened.close()


if __name__ == "__main__":
    main()
