"""Real packets between real namespaces, judged by what was asked for and not by this machine."""

import contextlib
import errno
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench.network import EmulatedNetwork
from bench.network import isolate
from bench.network.calibration import echo
from bench.network.calibration import transfer
from bench.network.emulated import Between
from bench.network.emulated import Report
from bench.network.paths import Conditions

ROOT = Path(__file__).parents[3]
DEADLINE_SECONDS = 30

pytestmark = pytest.mark.usefixtures("namespaces")

PLACES = [("a", "here"), ("b", "here"), ("c", "there")]


def between(delay: float, far: float | None = None, loss: float = 0.0) -> Between:
    distant = Conditions(delay if far is None else far, loss=loss)
    near = Conditions(delay, loss=loss)
    return {
        ("here", "here"): near,
        ("here", "there"): distant,
        ("there", "here"): distant,
        ("there", "there"): near,
    }


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def network_namespaces() -> set[int]:
    """Of every process of this machine."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found.add((process / "ns" / "net").stat().st_ino)
    return found


def settled(network: EmulatedNetwork) -> Report:
    """Once nothing is on its way any more."""
    eventually(lambda: network.report().held == 0)
    return network.report()


def test_no_packet_is_early_and_twice_the_delay_is_twice_the_time():
    with EmulatedNetwork(PLACES, between(0.05, far=0.1)) as network:
        a, b, c = network.hosts

        near = echo(a, b, 200)
        far = echo(a, c, 200)

    assert min(near.round_trips) >= 0.1
    assert min(far.round_trips) >= 0.2
    assert far.median_seconds / near.median_seconds == pytest.approx(2, rel=0.1)


def test_as_many_packets_are_lost_as_asked_for_and_no_other():
    with EmulatedNetwork(PLACES, between(0.001, loss=0.05), seed=3) as network:
        echoes = echo(network.hosts[0], network.hosts[1], 2_000)
        report = settled(network)

    expected = 1 - 0.95**2
    assert abs(echoes.loss - expected) <= 4 * math.sqrt(expected * (1 - expected) / 2_000)
    assert report.lost == echoes.sent - len(echoes.round_trips)
    assert (report.overflowed, report.over_rate, report.refused, report.strays) == (0, 0, 0, 0)


def test_every_packet_is_accounted_for():
    with EmulatedNetwork(PLACES, between(0.005, loss=0.02), seed=1) as network:
        transfer(network.hosts[0], network.hosts[2], 1 << 20)
        report = settled(network)

    gone = report.lost + report.over_rate + report.strays + report.refused
    assert report.taken == report.delivered + gone
    assert report.lost > 0
    assert report.lateness.packets == report.delivered


def test_conditions_change_while_hosts_talk():
    with EmulatedNetwork(PLACES, between(0.01)) as network:
        a, b, _ = network.hosts
        before = echo(a, b, 50)
        network.set_conditions(between(0.05))
        after = echo(a, b, 50)

    assert min(before.round_trips) < 0.1 <= min(after.round_trips)


def test_a_host_is_held_to_its_rate():
    size = 1 << 20
    with EmulatedNetwork(PLACES, between(0.001), bytes_per_second=2 * size) as network:
        seconds = transfer(network.hosts[0], network.hosts[1], size)
        carried = network.report().bytes_taken

    assert carried >= size
    # What arrives at the end of the wire cannot have left faster than the rate allows.
    assert seconds >= size / (2 * size) * 0.95


def test_a_host_hears_only_what_is_for_it():
    with EmulatedNetwork(PLACES, between(0.001)) as network:
        a, b, c = network.hosts
        with c.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0x0300) as listening:
            listening.bind(("net0", 0x0003))
            listening.settimeout(0.2)

            echoes = echo(a, b, 100)
            settled(network)

            with pytest.raises(TimeoutError):
                listening.recv(1)

    assert len(echoes.round_trips) == 100


def test_nothing_outside_can_be_reached():
    with EmulatedNetwork(PLACES, between(0.001)) as network, network.hosts[0].entered():
        for outside in ("192.0.2.1", "10.0.0.1", "169.254.169.254"):
            with (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
                pytest.raises(OSError, match="unreachable"),
            ):
                probe.sendto(b"anyone?", (outside, 9))


def test_hosts_speak_the_same_tcp_on_every_machine():
    with EmulatedNetwork(PLACES, between(0.001)) as network:
        assert network.report().congestion_control == "reno"


def test_who_is_isolated_reaches_nothing():
    faults: list[OSError] = []

    def try_outside() -> None:
        isolate()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.sendto(b"anyone?", ("10.77.0.1", 9))
            except OSError as error:
                faults.append(error)

    thread = threading.Thread(target=try_outside)
    thread.start()
    thread.join()

    assert [fault.errno for fault in faults] == [errno.ENETUNREACH]


def test_a_closed_network_leaves_no_namespace_and_no_process():
    with EmulatedNetwork(PLACES, between(0.001)) as network:
        inodes = {host.namespace.inode for host in network.hosts}
        process = network.hosts[0].start(["sleep", "600"])
        eventually(lambda: bool(inodes & network_namespaces()))

    assert process.poll() is not None
    assert not inodes & network_namespaces()


KILLED = """
import sys, time
from bench.network import EmulatedNetwork
from bench.network.paths import Conditions
network = EmulatedNetwork([("a", "x"), ("b", "x")], {("x", "x"): Conditions(0.001)})
process = network.hosts[0].start(["sleep", "600"])
print(process.pid, network._emulator.pid, network.hosts[0].namespace.inode, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_bench_leaves_nothing_behind(number: signal.Signals):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as bench:
        assert bench.stdout is not None
        sleeping, emulator, inode = map(int, bench.stdout.readline().split())
        eventually(lambda: inode in network_namespaces())

        bench.send_signal(number)
        bench.wait(DEADLINE_SECONDS)

        eventually(lambda: not psutil.pid_exists(sleeping) and not psutil.pid_exists(emulator))
        eventually(lambda: inode not in network_namespaces())
