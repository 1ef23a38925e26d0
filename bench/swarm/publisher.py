"""Who contributes: a node in this process, whose network is that of its host."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from bench.network import Host
from bench.swarm.chain import Chain
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import to_text
from ledger.record.schema import Record
from ledger.settings import load

ANCHOR_SECONDS = 60.0
LOOK_SECONDS = 0.02

MACHINES = {"m4.2xlarge": (8, 32), "c4.2xlarge": (8, 15), "r4.2xlarge": (8, 61)}
JOBS = ("sort", "grep", "kmeans", "pagerank")


@dataclass(frozen=True)
class Anchored:
    """A batch on the chain.

    Attributes:
        manifest: CID of its root block.
        records: CIDs, in the order they were contributed.
        at: when its block could first be had from the chain's node, on this process's monotonic
            clock.
    """

    manifest: str
    records: list[str]
    at: float


class Publisher:
    """Contributes generated records; close it, or use it as a context manager.

    Args:
        host: whose network its requests take.
        home: its home folder, which a serving process may share.
        chain: the ledger's.
        batch_records: most records of one batch.
    """

    def __init__(self, host: Host, home: Path, chain: Chain, batch_records: int = 100_000) -> None:
        self._host = host
        self._chain = chain
        self._number = 0
        account: LocalAccount = Account.create()
        chain.fund(account.address)
        settings = load(
            home,
            rpc_url=chain.url,
            chain_id=chain.chain_id,
            deployment_file=chain.deployment,
            private_key=Web3.to_hex(account.key),
            batch_records=batch_records,
        )
        self.node = Node(settings)
        with host.entered():
            self.node.connect()

    def anchor(self, records: int) -> Anchored:
        """Contribute so many new records and bring them onto the chain as one batch."""
        accepted = self.node.accept(self._executions(records))
        assert len(accepted.new) == records
        with self._host.entered():
            self.node.submit(accepted.new)
            with self._chain.watched() as blocks:
                self._carry()
        made = self.node.outbox.batches.all()[-1]
        assert made.block_number is not None
        return Anchored(to_text(made.manifest), list(accepted.new), dict(blocks)[made.block_number])

    def _carry(self) -> None:
        """Where a packet is lost, the receipt may come only with a further step."""
        deadline = time.monotonic() + ANCHOR_SECONDS
        while not (carried := self.node.carrier.step()).anchored:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the batch is not anchored: {carried}")
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """Close its files."""
        self.node.close()

    def __enter__(self) -> Self:
        """Use it as it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _executions(self, count: int) -> Iterator[Record]:
        for _ in range(count):
            self._number += 1
            yield execution(self._number)


def execution(number: int) -> Record:
    """A plausible run, like no other."""
    job = JOBS[number % len(JOBS)]
    machine = sorted(MACHINES)[number // 4 % len(MACHINES)]
    cores, memory = MACHINES[machine]
    nodes = 2 + number // 12 % 11
    gigabytes = 1 + number % 97
    runtime = round(20 + 40 * gigabytes / nodes + number % 7, 3)
    return codec.from_python(
        {
            "job": {"name": job, "framework": {"name": "spark", "version": "3.5.1"}},
            "input": {"size_bytes": gigabytes * 10**9},
            "cluster": {
                "nodes": nodes,
                "machine_type": machine,
                "cores_per_node": cores,
                "memory_bytes_per_node": memory * 10**9,
                "provider": "aws",
            },
            "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + number)),
            "runtime_seconds": runtime,
            "metrics": {"cpu_seconds": round(runtime * cores * nodes * 0.6, 3)},
            "origin": {
                "kind": "command",
                "argv": ["spark-submit", f"{job}.py", f"{gigabytes}g"],
                "run_id": f"{job}-{number}",
                "exit_code": 0,
            },
        }
    )
