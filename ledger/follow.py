"""The loops of long-running processes: a round, a pause, and on whatever happened."""

import threading
from collections.abc import Callable
from functools import cached_property

import structlog
from prometheus_client import Counter

from ledger.errors import PerfledgerError
from ledger.leading import Leadership
from ledger.node import Node
from ledger.record.cid import to_text
from ledger.settings import Settings
from ledger.validate.panel import Panel

_log = structlog.get_logger(__name__)

_UPKEEP_SECONDS = 1.0

_PINNING_SECONDS = 30.0
"""Between questions to a pinning service, which takes its time to fetch."""

ROUNDS = Counter(
    "perfledger_rounds_total", "Rounds of what runs in the background.", ["loop", "outcome"]
)

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
        name: under which rounds are counted.
    """

    def __init__(
        self,
        act: Callable[[], None],
        *,
        pause_seconds: float,
        slowest_seconds: float = SLOWEST_SECONDS,
        name: str = "other",
    ) -> None:
        self._act = act
        self._usual = pause_seconds
        self._slowest = max(slowest_seconds, pause_seconds)
        self._name = name
        self._stopped = threading.Event()
        self._woken = threading.Event()

    def run(self) -> None:
        """Go on until `stop` is called."""
        pause = self._usual
        while not self._stopped.is_set():
            succeeded = self._succeeds()
            ROUNDS.labels(self._name, "succeeded" if succeeded else "failed").inc()
            pause = self._usual if succeeded else min(2 * pause, self._slowest)
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
    and lets the node's validators work. Another keeps up with peers and looks at what they and
    this node hold, and a third asks a pinning service to keep batches, where it is to; one that is
    slow to answer holds up nothing but that.

    Of several processes of one home, one follows; another takes over when that ends.
    """

    def __init__(
        self, node: Node, settings: Settings, *, revive: Callable[[], None] = lambda: None
    ) -> None:
        self._node = node
        self._revive = revive
        self._leading = Leadership(settings.home)
        self._rounds = Rounds(self._round, pause_seconds=settings.sync_seconds, name="follower")
        rounds = {
            "follower": self._rounds,
            "upkeep": Rounds(node.peering.keep_up, pause_seconds=_UPKEEP_SECONDS, name="upkeep"),
        }
        if settings.pinning_auto:
            rounds["pinning"] = Rounds(self._pin, pause_seconds=_PINNING_SECONDS, name="pinning")
        self._all = tuple(rounds.values())
        self._threads = [
            threading.Thread(target=each.run, name=name, daemon=True)
            for name, each in rounds.items()
        ]
        node.peering.replicator.on_arrival(self._rounds.wake)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the rounds under way and end."""
        for each in self._all:
            each.stop()
        self._node.peering.stop()
        for thread in self._threads:
            thread.join()
        self._leading.end()

    def _pin(self) -> None:
        if not self._leading.is_ours():
            return
        for request in self._node.pin_remotely():
            _log.info(
                "a batch at the pinning service",
                manifest=to_text(request.manifest),
                state=str(request.state),
            )

    def _round(self) -> None:
        self._revive()
        if not self._leading.is_ours():
            return
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
