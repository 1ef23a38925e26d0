"""The loop of a running node: outbox to chain, chain to index, validators to work."""

import threading
from collections.abc import Callable

import structlog

from ledger.errors import PerfledgerError
from ledger.node import Node
from ledger.settings import Settings
from ledger.validate.service import ValidatorService

_log = structlog.get_logger(__name__)

SLOWEST_SECONDS = 30.0
"""Longest pause after repeated failures."""


class Follower:
    """Runs `Node.cycle` and the node's validators in a thread until it is stopped.

    A round that fails is logged and tried again, after a pause that doubles with each failure.
    """

    def __init__(
        self, node: Node, settings: Settings, *, revive: Callable[[], None] = lambda: None
    ) -> None:
        self._node = node
        self._pause = settings.sync_seconds
        self._revive = revive
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the round under way and end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._revive()
                self._round()
                failures = 0
            except PerfledgerError as error:
                failures += 1
                _log.warning("a round failed", problem=error.message, hint=error.hint)
            except Exception:  # noqa: BLE001 - the loop must outlive what nobody foresaw
                failures += 1
                _log.exception("a round failed unexpectedly")
            self._stopped.wait(min(self._pause * 2**failures, SLOWEST_SECONDS))

    def _round(self) -> None:
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
        if self._judge():
            self._node.sync.step()

    def _judge(self) -> int:
        done = 0
        for validator in self._validators():
            done += len(
                validator.step(
                    failed=lambda batch, error: _log.warning(
                        "a batch could not be judged", batch=batch, problem=error.message
                    )
                )
            )
        return done

    def _validators(self) -> list[ValidatorService]:
        if not hasattr(self, "_active"):
            self._active = [each for each in self._node.validators() if each.is_active()]
        return self._active
