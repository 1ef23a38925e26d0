"""What a swarm takes over some time: processor time of its peers, bytes between them."""

import time
from dataclasses import dataclass

from bench.swarm.contention import ContentionMeter
from bench.swarm.swarm import Swarm
from bench.swarm.usage import Usage


@dataclass(frozen=True)
class Cost:
    """Over some time.

    Attributes:
        seconds: how long.
        publisher_cpu: processor seconds of the publisher's serving node.
        peers_cpu: of all other peers together.
        network_bytes: that the emulated network took, with the chain's and all headers.
        emulator_cpu: processor seconds of the emulator.
        peak_rss: largest peak of any peer so far, in bytes.
        taken_by_others: share of the machine's cores that was in use by anything else than the
            peers, the emulator and this process; the chain is among the others.
    """

    seconds: float
    publisher_cpu: float
    peers_cpu: float
    network_bytes: int
    emulator_cpu: float
    peak_rss: int
    taken_by_others: float


class CostMeter:
    """Begins to measure when it is made; all peers have to be running until it is read."""

    def __init__(self, swarm: Swarm) -> None:
        self._swarm = swarm
        self._began = time.monotonic()
        self._publisher, self._peers = self._usage()
        self._network = swarm.network.report()
        self._own = time.process_time()
        self._contention = ContentionMeter()

    def read(self) -> Cost:
        """Since the beginning."""
        publisher, peers = self._usage()
        network = self._swarm.network.report()
        contention = self._contention.read()
        publisher_cpu = publisher.cpu_seconds - self._publisher.cpu_seconds
        peers_cpu = sum(
            now.cpu_seconds - before.cpu_seconds
            for now, before in zip(peers, self._peers, strict=True)
        )
        emulator_cpu = network.cpu_seconds - self._network.cpu_seconds
        own = publisher_cpu + peers_cpu + emulator_cpu + time.process_time() - self._own
        there = contention.cores * contention.seconds
        return Cost(
            seconds=time.monotonic() - self._began,
            publisher_cpu=publisher_cpu,
            peers_cpu=peers_cpu,
            network_bytes=network.bytes_taken - self._network.bytes_taken,
            emulator_cpu=emulator_cpu,
            peak_rss=max(each.peak_rss for each in (publisher, *peers)),
            taken_by_others=max(0.0, contention.busy - own / there),
        )

    def wait(self, seconds: float) -> None:
        """Let so much time pass: what is measured is what peers do by themselves."""
        time.sleep(max(0.0, self._began + seconds - time.monotonic()))

    def _usage(self) -> tuple[Usage, list[Usage]]:
        return self._swarm.serving.usage(), [peer.usage() for peer in self._swarm.peers]
