"""What the simulation has to know of the nodes, in one place."""

import json
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any
from typing import Self

CALIBRATION = Path(__file__).parent / "calibration.json"


@dataclass(frozen=True)
class Parameters:
    """Of nodes, their network, and what they exchange. Times are seconds, sizes bytes.

    Attributes:
        sync_seconds: pause between two looks at the chain, and between rounds of replication.
        chain_trips: round trips to the chain's endpoint from a look to knowing a new anchor.
        look_trips: of a look that finds nothing new; one comes before what arrived is indexed.
        notice_cpu: processor time from a look to knowing it.
        round_cpu: of a round in which nothing happens.
        fan_out: peers that are told of what is whole.
        asked: sources that one attempt asks.
        known_peers: that a node knows at most.
        open_connections: to peers that were visited lately; another one takes a round trip first.
        retry_seconds: pause after the first failed attempt; it doubles.
        request_cpu: of a node that answers any request.
        serve_cpu_per_record: of a node that sends a record.
        fetch_cpu: of a node that fetches a DAG, apart from what is in it.
        fetch_cpu_per_record: receive, hash, store.
        index_cpu_per_record: check and index; then it is verified and stored.
        batch_bytes: of an answer, apart from the records in it.
        record_bytes: of a record in an answer, with its share of pages.
        message_bytes: of an announcement, a refusal or any other small message.
        uplink_bytes_per_second: that a node may send.
        loss: share of packets lost, each way.
        boot_seconds: from the start of a process to its first look at the chain.
        shared_cores: of the machine that all nodes run on; None: each has its own.
    """

    sync_seconds: float
    chain_trips: float
    look_trips: float
    notice_cpu: float
    round_cpu: float
    fan_out: int
    asked: int
    known_peers: int
    open_connections: int
    retry_seconds: float
    request_cpu: float
    serve_cpu_per_record: float
    fetch_cpu: float
    fetch_cpu_per_record: float
    index_cpu_per_record: float
    batch_bytes: int
    record_bytes: int
    message_bytes: int
    uplink_bytes_per_second: float
    loss: float
    boot_seconds: float
    shared_cores: int | None

    def __post_init__(self) -> None:
        """Refuse what no node is like.

        Raises:
            ValueError: something is below zero, or a rate is zero.
        """
        wrong = [name for name, value in asdict(self).items() if value is not None and value < 0]
        if wrong or self.uplink_bytes_per_second == 0 or self.sync_seconds == 0:
            raise ValueError(f"no node is like this: {', '.join(wrong) or 'a rate of zero'}")

    def answer_bytes(self, records: int) -> int:
        """Of a batch of so many records."""
        return self.batch_bytes + records * self.record_bytes

    def slowed(self, share: float) -> Self:
        """The same on cores of which something else takes a share: all work takes longer.

        Raises:
            ValueError: nothing of them is left, or more than all.
        """
        if not 0 <= share < 1:
            raise ValueError(f"{share} is no share that leaves anything")
        work = {name: value for name, value in asdict(self).items() if "_cpu" in name}
        return self.changed(**{name: value / (1 - share) for name, value in work.items()})

    def changed(self, **changes: Any) -> Self:
        """The same but for these."""
        return replace(self, **changes)

    @classmethod
    def read(cls, path: Path = CALIBRATION) -> Self:
        """As they were measured, see `bench.simulation.calibrate`."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))["parameters"])
