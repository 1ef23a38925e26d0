"""Peers die and come back under a stream of contributions, and two of them lie."""

import time
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.swarm.checking import Found
from bench.swarm.checking import check
from bench.swarm.contention import ContentionMeter
from bench.swarm.lying import LyingPeer
from bench.swarm.peer import Peer
from bench.swarm.swarm import Swarm

START_SECONDS = 240.0
SETTLE_SECONDS = 600.0
SLOW_SECONDS = 30.0
"""Who has not caught up by then is asked why."""

LIARS = 2
AWAY = 3
"""One in so many peers is down at any time."""

TURN_SECONDS = 5.0
"""Between two turns: one peer is killed, one that was down longest starts again."""

BATCH_SECONDS = 5.0
MOST_RECORDS = 100

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        peers: besides the publisher's, liars included.
        seconds: of churn.
        loss: share of packets lost, each way.
        seed: of everything random.
    """

    peers: int
    seconds: float
    loss: float = 0.01
    seed: int = 3


def measure(folder: Path, plan: Plan, progress: Progress, logs: Path) -> dict[str, Any]:
    """Churn for so long, then let everybody come back, and look at every disk."""
    with Swarm(folder, plan.peers, seed=plan.seed, loss=plan.loss, liars=LIARS) as swarm:
        try:
            meter = ContentionMeter()
            churn = Churn(swarm, plan, progress)
            churn.run()
            return (
                asdict(plan)
                | churn.settle()
                | {
                    "network": asdict(swarm.network.report()),
                    "contention": asdict(meter.read()),
                }
            )
        finally:
            swarm.save_logs(logs)


def _standing(peer: Peer) -> dict[str, Any]:
    """Whom it knows, and what it says of what it lacks."""
    status = peer.status()
    return {
        "peers": {each["url"]: [each["state"], each["problem"]] for each in status["peers"]},
        "wants": [[each["attempts"], each["problem"]] for each in status["wants"]],
    }


class Churn:
    """One run of it.

    Args:
        swarm: nobody of it runs yet.
        plan: how long, and how.
        progress: told how far it is.
    """

    def __init__(self, swarm: Swarm, plan: Plan, progress: Progress) -> None:
        self._swarm = swarm
        self._plan = plan
        self._progress = progress
        self._draw = Random(plan.seed)
        self._liars = [peer for peer in swarm.peers if isinstance(peer, LyingPeer)]
        self._honest = [peer for peer in swarm.peers if not isinstance(peer, LyingPeer)]
        self._down = self._honest[: len(swarm.peers) // AWAY]
        self._least_down = len(self._down)
        self._killed = 0
        self._records: list[str] = []
        self._manifests: list[str] = []
        self._wrong: list[Found] = []

    def run(self) -> None:
        """Start all but a third, and churn."""
        self._progress("start the peers", 0, 1)
        up = [peer for peer in self._honest if peer not in self._down]
        self._swarm.start([self._swarm.serving, *self._liars, *up], START_SECONDS)
        self._progress("start the peers", 1, 1)
        began = time.monotonic()
        turn = batch = began
        while (now := time.monotonic()) < began + self._plan.seconds:
            self._progress("churn", int(now - began), int(self._plan.seconds))
            if now >= batch:
                batch += BATCH_SECONDS
                self._contribute()
            if now >= turn:
                turn += TURN_SECONDS
                self._turn()
            time.sleep(max(0.0, min(turn, batch) - time.monotonic()))

    def settle(self) -> dict[str, Any]:
        """Let everybody come back and catch up, then stop all and look at every disk."""
        for peer in self._down:
            peer.start()
        everybody = [self._swarm.serving, *self._swarm.peers]
        names = [peer.name for peer in everybody]
        began = time.monotonic()

        def told(done: int) -> None:
            self._progress("settle", done, len(names))

        slow = self._swarm.watch.wait(names, self._manifests, SLOW_SECONDS, told)
        why = {peer.name: _standing(peer) for peer in everybody if peer.name in slow}
        lacking = self._swarm.watch.wait(names, self._manifests, SETTLE_SECONDS, told)
        took = time.monotonic() - began
        distrusted = [peer.distrusted() for peer in self._honest]
        for peer in everybody:
            peer.stop()
        found = [check(peer.name, peer.home, self._records) for peer in everybody]
        false = {liar.url for liar in self._liars}
        return {
            "liars": [peer.name for peer in self._liars],
            "least_down": self._least_down,
            "killed": self._killed,
            "batches": len(self._manifests),
            "records": len(self._records),
            "lies_told": sum(liar.lies() for liar in self._liars),
            "honest_that_caught_a_liar": sum(bool(each & false) for each in distrusted),
            "honest_distrusted": sorted(set().union(*distrusted) - false),
            "wrong_on_the_way": [asdict(each) for each in self._wrong],
            "incomplete": sorted(lacking),
            "settle_seconds": took,
            "slow": why,
            "whole": sum(each.is_whole for each in found),
            "checked": len(found),
            "blocks_hashed": sum(each.blocks for each in found),
            "not_whole": [asdict(each) for each in found if not each.is_whole],
        }

    def _contribute(self) -> None:
        anchored = self._swarm.publisher.anchor(self._draw.randint(1, MOST_RECORDS))
        self._records += anchored.records
        self._manifests.append(anchored.manifest)

    def _turn(self) -> None:
        """One more goes down, then one comes back: there are never fewer down than a third."""
        victim = self._draw.choice([peer for peer in self._honest if peer not in self._down])
        victim.require_running()
        victim.kill()
        self._killed += 1
        found = check(victim.name, victim.home, self._records)
        if not found.is_right:
            self._wrong.append(found)
        back = self._down.pop(0)
        self._down.append(victim)
        down = sum(not peer.is_running for peer in self._honest)
        self._least_down = min(self._least_down, down - 1)
        back.start()
