"""How fast a cold index takes in the anchors of a real node, and what following its head costs.

    python -m bench.indexing [--anchors 5000 20000] [--json]

Anvil holds the anchors; nothing of them is in the block store, so that only the chain is measured.
The indexing runs in a process of its own, whose peak memory is the figure shown: it should not
depend on the number of anchors. The peer is a single `eth_getLogs` and receipt loop with web3 that
keeps nothing, over the first thousand anchors of the same chain.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web3 import Web3

import contracts
from bench.measuring import MIB
from bench.measuring import machine
from contracts.deploy import deploy
from ledger.chain.contracts import genesis_hash
from ledger.chain.deployment import Deployment
from ledger.chain.endpoint import Endpoint
from ledger.chain.rpc import ask
from ledger.chain.rpc import result
from ledger.index.database import open_index
from ledger.index.sync import Sync
from ledger.store.sqlite import SQLiteBlockStore
from tests.chain.nodes.servers import EthereumNode
from tests.chain.nodes.servers import anvil

PROMISED_PER_SECOND = 2_000
ANCHORS_PER_BLOCK = 50
FOLLOWED_BLOCKS = 200
PEER_ANCHORS = 1_000


@dataclass(frozen=True)
class Measurement:
    """One cold start, and the blocks that were followed after it.

    Attributes:
        anchors: events on the chain.
        blocks: they are in.
        seconds: from an empty index to the head.
        round_trips: HTTP requests meanwhile.
        peak_mib: resident memory of the process, at most.
        trips_per_block: HTTP requests for each new block, while the head was followed.
        peer_per_second: of the peer.
    """

    anchors: int
    blocks: int
    seconds: float
    per_second: float
    round_trips: int
    peak_mib: float
    trips_per_block: float
    peer_per_second: float


def main() -> int:
    """Measure, print, and say by the exit code whether the promise is kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--anchors", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--index", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.index:
        print(json.dumps(index(*given.index)))
        return 0
    measured = [measure(anchors) for anchors in given.anchors]
    if given.json:
        shown = [asdict(each) for each in measured]
        print(json.dumps({"machine": machine(), "measurements": shown}, indent=2))
    else:
        print_table(measured)
    return 0 if all(each.per_second >= PROMISED_PER_SECOND for each in measured) else 1


def print_table(measured: list[Measurement]) -> None:
    print(
        f"{'anchors':>8}{'blocks':>8}{'seconds':>9}{'anchors/s':>11}{'web3 loop/s':>13}"
        f"{'round trips':>13}{'peak MiB':>10}{'trips/block':>13}"
    )
    for each in measured:
        print(
            f"{each.anchors:8,}{each.blocks:8,}{each.seconds:9.2f}{each.per_second:11,.0f}"
            f"{each.peer_per_second:13,.0f}{each.round_trips:13,}{each.peak_mib:10.0f}"
            f"{each.trips_per_block:13.2f}"
        )


def measure(anchors: int) -> Measurement:
    with tempfile.TemporaryDirectory() as folder, anvil(Path(folder)) as node:
        deployment = found(node)
        blocks = anchor(node, deployment, anchors)
        deployment.save(Path(folder) / "deployment.json")
        command = [sys.executable, "-m", "bench.indexing", "--index", node.url, folder]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        indexed: dict[str, Any] = json.loads(ended.stdout)
        assert indexed["batches"] == anchors
        return Measurement(
            anchors,
            blocks,
            indexed["seconds"],
            anchors / indexed["seconds"],
            indexed["round_trips"],
            indexed["peak_mib"],
            indexed["trips_per_block"],
            peer(node, deployment),
        )


def found(node: EthereumNode) -> Deployment:
    governor = node.w3.eth.accounts[0]
    deployed = deploy(
        node.w3, governor, governor=governor, quorum=1, bond_wei=1, exit_delay_seconds=1
    )
    return Deployment(
        network="anvil",
        chain_id=node.chain_id,
        genesis_hash=genesis_hash(node.w3),
        from_block=min(each.block_number for each in deployed.values()),
        registry=deployed["ContributionRegistry"].address,
        validator_set=deployed["ValidatorSet"].address,
        attestations=deployed["Attestations"].address,
    )


def anchor(node: EthereumNode, deployment: Deployment, anchors: int) -> int:
    """Anchor so many roots; returns how many blocks they are in."""
    publisher = node.w3.eth.accounts[1]
    abi = contracts.load("ContributionRegistry").abi
    address = node.w3.to_checksum_address(deployment.registry)
    function = node.w3.eth.contract(address=address, abi=abi)
    node.ask("evm_setAutomine", False)
    before = node.w3.eth.block_number
    for start in range(0, anchors, ANCHORS_PER_BLOCK):
        calls: list[tuple[str, list[Any]]] = []
        for number in range(start, min(start + ANCHORS_PER_BLOCK, anchors)):
            data = function.encode_abi("anchor", [(number + 1).to_bytes(32, "big"), 1, bytes(32)])
            transaction = {"from": publisher, "to": address, "data": data, "gas": hex(100_000)}
            calls.append(("eth_sendTransaction", [transaction]))
        for answer in ask(node.w3, calls):
            result(answer)
        node.mine()
    return int(node.w3.eth.block_number) - before


def index(url: str, folder: str) -> dict[str, Any]:
    """In a process of its own: from an empty index to the head, then along with it."""
    counted = Counting(url)
    w3 = Web3(counted)
    deployment = Deployment.load(Path(folder) / "deployment.json")
    opened = open_index(f"sqlite:///{folder}/index.sqlite")
    store = SQLiteBlockStore(Path(folder) / "blocks.sqlite")
    sync = Sync(opened, store, w3, deployment, confirmations=0)
    started = time.perf_counter()
    done = sync.step()
    seconds = time.perf_counter() - started
    trips = counted.trips
    followed = list(follow(sync, w3, counted))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
    store.close()
    opened.close()
    return {
        "batches": done.batches,
        "seconds": seconds,
        "round_trips": trips,
        "trips_per_block": sum(followed) / len(followed),
        "peak_mib": peak,
    }


def follow(sync: Sync, w3: Web3, counted: "Counting") -> Iterator[int]:
    """Round trips that each new block takes."""
    for _ in range(FOLLOWED_BLOCKS):
        w3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
        before = counted.trips
        sync.step()
        yield counted.trips - before


def peer(node: EthereumNode, deployment: Deployment) -> float:
    """Anchors per second of a loop as scripts have it: logs of a range, then each receipt."""
    abi = contracts.load("ContributionRegistry").abi
    address = node.w3.to_checksum_address(deployment.registry)
    event = node.w3.eth.contract(address=address, abi=abi).events.Anchored
    started = time.perf_counter()
    blocks = PEER_ANCHORS // ANCHORS_PER_BLOCK + 5
    logs = event.get_logs(from_block=0, to_block=deployment.from_block + blocks)
    for log in logs:
        node.w3.eth.get_transaction_receipt(log["transactionHash"])
    return len(logs) / (time.perf_counter() - started)


class Counting(Endpoint):
    """Counts round trips."""

    trips = 0

    def _exchange(self, body: bytes) -> Any:
        self.trips += 1
        return super()._exchange(body)


if __name__ == "__main__":
    sys.exit(main())
