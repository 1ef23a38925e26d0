"""Print the ledger's events as JSON, one a line, oldest first.

    python events.py --rpc URL --deployment FILE [--only Anchored] [--from-block N]

Only blocks that the network calls final are read, so that a line once printed stays true; with
``--unfinal`` all are.
"""

import json
from collections.abc import Iterator
from typing import Any

import network
from web3 import Web3
from web3.contract import Contract

STEP = 2_000
"""Blocks in one question; public nodes refuse much more."""


def main() -> None:
    """Print the events."""
    options = network.parser(__doc__)
    options.add_argument("--only", metavar="EVENT", help="such as Anchored")
    options.add_argument("--from-block", type=int, help="default: where the contracts begin")
    options.add_argument("--unfinal", action="store_true", help="up to the newest block")
    given = options.parse_args()
    ledger = network.connect(given)
    last = ledger.w3.eth.get_block("latest" if given.unfinal else "finalized")["number"]
    first = given.from_block or ledger.deployment["from_block"]
    for event in events(ledger, first, last):
        if given.only in {None, event["event"]}:
            print(json.dumps(event))


def events(ledger: network.Network, first: int, last: int) -> Iterator[dict[str, Any]]:
    """The events of all three contracts, in the order of the chain."""
    contracts = {
        contract.address: decoders(contract)
        for contract in (ledger.registry, ledger.validators, ledger.attestations)
    }
    for start in range(first, last + 1, STEP):
        wanted: Any = {
            "address": list(contracts),
            "fromBlock": start,
            "toBlock": min(start + STEP - 1, last),
        }
        for log in ledger.w3.eth.get_logs(wanted):
            decode = contracts[log["address"]].get(bytes(log["topics"][0]))
            if decode is not None:
                yield plain(decode.process_log(log))


def decoders(contract: Contract) -> dict[bytes, Any]:
    """What decodes a contract's logs, by their first topic."""
    return {bytes(Web3.keccak(text=each.signature)): each for each in contract.all_events()}


def plain(event: Any) -> dict[str, Any]:
    """An event as JSON takes it."""
    arguments = {
        name: Web3.to_hex(value) if isinstance(value, bytes) else value
        for name, value in event["args"].items()
    }
    return {
        "block": event["blockNumber"],
        "transaction": Web3.to_hex(event["transactionHash"]),
        "log": event["logIndex"],
        "event": event["event"],
        **arguments,
    }


if __name__ == "__main__":
    main()
