"""Hosts in regions, and the emulator between them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Self

from bench.network.host import Host
from bench.network.lateness import LatenessSummary
from bench.network.lateness import summarise
from bench.network.namespace import Namespace
from bench.network.paths import Conditions

HOSTS_PER_NETWORK = 250
ROOT = Path(__file__).parents[2]

Between = Mapping[tuple[str, str], Conditions]
"""By region of the sender and region of the receiver."""


@dataclass(frozen=True)
class Report:
    """What the emulator did since it began.

    Attributes:
        taken: packets that hosts sent.
        bytes_taken: their bytes, with IP headers.
        delivered: packets that were handed over; `bytes_delivered` are their bytes.
        lost: dropped because the path loses some.
        over_rate: dropped because a host sent more than it may.
        strays: for no host of this network.
        refused: the receiving kernel took them not.
        overflowed: dropped by the kernel because the emulator was too slow; should be none.
        held: still on their way.
        lateness: how much later than due the delivered ones were handed over.
        cpu_seconds: of the emulator.
        priority: its nice value; below zero it goes before the peers.
        congestion_control: of the hosts' TCP.
    """

    taken: int
    bytes_taken: int
    delivered: int
    bytes_delivered: int
    lost: int
    over_rate: int
    strays: int
    refused: int
    overflowed: int
    held: int
    lateness: LatenessSummary
    cpu_seconds: float
    priority: int
    congestion_control: str


class EmulatedNetwork:
    """As many hosts as asked for, each in a region.

    Args:
        places: name and region of each host.
        between: conditions for each pair of regions, also within one.
        seed: of losses and jitter.
        bytes_per_second: what each host may send; None: no limit.

    Raises:
        NamespacesNeededError: namespaces may not be made here.
        ValueError: more hosts than one network holds.
    """

    def __init__(
        self,
        places: Iterable[tuple[str, str]],
        between: Between,
        seed: int = 0,
        bytes_per_second: float | None = None,
    ) -> None:
        located = list(places)
        if len(located) > HOSTS_PER_NETWORK:
            raise ValueError(f"a network holds at most {HOSTS_PER_NETWORK} hosts")
        self.hosts: list[Host] = []
        self._emulator: subprocess.Popen[str] | None = None
        try:
            for number, (name, region) in enumerate(located):
                namespace = Namespace(f"10.77.0.{number + 1}")
                self.hosts.append(Host(name, region, namespace, bytes_per_second))
            self._emulator = self._start(between, seed)
            self._priority = int(self._answer()["priority"])
        except BaseException:
            self.close()
            raise

    def host(self, name: str) -> Host:
        """The host of a name.

        Raises:
            KeyError: there is none.
        """
        for host in self.hosts:
            if host.name == name:
                return host
        raise KeyError(name)

    def set_conditions(self, between: Between) -> None:
        """Change every path, for packets sent from now on."""
        self._ask({"conditions": _rows(between)})

    def report(self) -> Report:
        """What the emulator counted up to now."""
        told = self._ask({"report": True})
        told["lateness"] = summarise(told["lateness"])
        dropped = sum(host.namespace.dropped() for host in self.hosts)
        control = self.hosts[0].namespace.congestion_control()
        return Report(
            **told, overflowed=dropped, priority=self._priority, congestion_control=control
        )

    def close(self) -> None:
        """Stop what runs on the hosts, the emulator, and let the namespaces go."""
        for host in self.hosts:
            host.stop()
        if self._emulator is not None:
            self._emulator.communicate()
            self._emulator = None
        for host in self.hosts:
            host.namespace.close()

    def _start(self, between: Between, seed: int) -> subprocess.Popen[str]:
        devices = [host.namespace.tun for host in self.hosts]
        emulator = subprocess.Popen(
            [sys.executable, "-m", "bench.network.emulator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            pass_fds=devices,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        plan = {
            "seed": seed,
            "conditions": _rows(between),
            "hosts": [
                {
                    "address": host.address,
                    "region": host.region,
                    "device": host.namespace.tun,
                    "bytes_per_second": host.bytes_per_second,
                }
                for host in self.hosts
            ],
        }
        self._tell(emulator, plan)
        return emulator

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._emulator is not None, "the network is closed"
        self._tell(self._emulator, order)
        return self._answer()

    @staticmethod
    def _tell(emulator: subprocess.Popen[str], order: dict[str, Any]) -> None:
        assert emulator.stdin is not None
        emulator.stdin.write(json.dumps(order) + "\n")
        emulator.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        assert self._emulator is not None
        assert self._emulator.stdout is not None
        line = self._emulator.stdout.readline()
        if not line:
            raise RuntimeError(f"the emulator ended with code {self._emulator.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        """Use it as it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take it down."""
        self.close()


def _rows(between: Between) -> list[list[Any]]:
    return [
        [one, other, each.delay_seconds, each.jitter_seconds, each.loss]
        for (one, other), each in between.items()
    ]
