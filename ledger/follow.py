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

    def run(self) -> None:
        """Go on until `stop` is called."""
        pause = self._usual
        while not self._stopped.is_set():
            pause = self._usual if self._succeeds() else min(2 * pause, self._slowest)
            self._stopped.wait(pause)

    def stop(self) -> None:
        """Finish the round under way and end."""
        self._stopped.set()

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
    """Runs `Node.cycle` and then the node's validators, in a thread until it is stopped."""

    def __init__(
        self, node: Node, settings: Settings, *, revive: Callable[[], None] = lambda: None
    ) -> None:
        self._node = node
        self._revive = revive
        self._rounds = Rounds(self._round, pause_seconds=settings.sync_seconds)
        self._thread = threading.Thread(target=self._rounds.run, name="follower", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the round under way and end."""
        self._rounds.stop()
        self._thread.join()

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
        if list(self._panel.step()):
            self._node.follow()

    @cached_property
    def _panel(self) -> Panel:
        return Panel(self._node.validators(), self._node.active_validators)
