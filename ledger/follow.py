"""The loops of long-running processes: a round, a pause, and on whatever happened."""

import threading
from collections.abc import Callable
from functools import cached_property

import structlog

from ledger.errors import PerfledgerError
from ledger.node import Node
from ledger.settings import Settings
from ledger.validate.panel import Panel

_log = structlog.get_logger(__name__)

_UPKEEP_SECONDS = 1.0

SLOWEST_SECONDS = 30.0
"""Longest pause after repeated failures."""


class Rounds:
    """Does something again and again until it is stopped.

    A round that fails is logged and tried again, after a pause that doubles with each failure in a
    row.

    Args:
        act: one round.
        pause_seconds: between two rounds, while all is well.
        slowest_seconds: longest pause after failures.
    """

    def __init__(
        self,
        act: Callable[[], None],
        *,
        pause_seconds: float,
        slowest_seconds: float = SLOWEST_SECONDS,
    ) -> None:
        self._act = act
        self._usual = pause_seconds
        self._slowest = max(slowest_seconds, pause_seconds)
        self._stopped = threading.Event()
        self._woken = threading.Event()

    def run(self) -> None:
        """Go on until `stop` is called."""
        pause = self._usual
        while not self._stopped.is_set():
            pause = self._usual if self._succeeds() else min(2 * pause, self._slowest)
            self._woken.wait(pause)
            self._woken.clear()

    def wake(self) -> None:
        """End the pause: there is something to do."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the round under way and end."""
        self._stopped.set()
        self._woken.set()

    def _succeeds(self) -> bool:
        try:
            self._act()
        except PerfledgerError as error:
            _log.warning("a round failed", problem=error.message, hint=error.hint)
        except Exception:  # noqa: BLE001 - the loop must outlive what nobody foresaw
            _log.exception("a round failed unexpectedly")
        else:
            return True
        return False


class Follower:
    """Runs a node in threads until it is stopped.

    One follows the chain, carries what is on its way onto it, fetches what is missing from peers,
    and lets the node's validators work. The other keeps up with peers and looks at what they and
    this node hold; a peer that is slow to answer holds up nothing but that.
    """

    def __init__(
        self, node: Node, settings: Settings, *, revive: Callable[[], None] = lambda: None
    ) -> None:
        self._node = node
        self._revive = revive
        self._rounds = Rounds(self._round, pause_seconds=settings.sync_seconds)
        self._upkeep = Rounds(node.peering.keep_up, pause_seconds=_UPKEEP_SECONDS)
        self._threads = [
            threading.Thread(target=rounds.run, name=name, daemon=True)
            for name, rounds in (("follower", self._rounds), ("upkeep", self._upkeep))
        ]
        node.peering.replicator.on_arrival(self._rounds.wake)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the rounds under way and end."""
        for rounds in (self._rounds, self._upkeep):
            rounds.stop()
        for thread in self._threads:
            thread.join()

    def _round(self) -> None:
        self._revive()
        carried, synced = self._node.cycle()
        if carried.anchored or synced.batches or synced.attestations:
            _log.info(
                "followed",
                anchored=carried.anchored,
                batches=synced.batches,
                records=synced.records,
                attestations=synced.attestations,
                block=synced.to_block,
            )
        for problem in carried.problems:
            _log.warning("a batch waits", problem=problem)
        self._node.peering.replicator.step()
        if list(self._panel.step()):
            self._node.follow()

    @cached_property
    def _panel(self) -> Panel:
        return Panel(self._node.validators(), self._node.active_validators)
