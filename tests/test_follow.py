"""The loop of a running node goes on, whatever a round runs into."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog.testing

from ledger.errors import UnavailableError
from ledger.follow import Follower
from ledger.follow import Rounds
from ledger.node import Node
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings

DEADLINE_SECONDS = 60


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def accepted(node: Node) -> int:
    return node.queries.overview().by_status.get("accepted", 0)


def test_what_is_submitted_is_carried_indexed_and_judged(tmp_path: Path):
    chosen = template_settings(tmp_path / "home", sync_seconds=0.01)
    with Node(chosen) as node, structlog.testing.capture_logs():
        node.connect()
        follower = Follower(node, chosen)
        follower.start()
        try:
            node.submit(node.accept(runs(3)).new)
            eventually(lambda: accepted(node) == 3)
        finally:
            follower.stop()


def test_rounds_that_fail_are_told_and_the_loop_goes_on(tmp_path: Path):
    chosen = template_settings(tmp_path / "home", sync_seconds=0.01)
    faults: list[Exception] = [
        UnavailableError("the chain does not answer", hint="Is it up?"),
        ZeroDivisionError("nobody foresaw this"),
    ]

    def revive() -> None:
        if faults:
            raise faults.pop(0)

    with Node(chosen) as node, structlog.testing.capture_logs() as logs:
        node.connect()
        follower = Follower(node, chosen, revive=revive)
        follower.start()
        try:
            node.submit(node.accept(runs(1)).new)
            eventually(lambda: accepted(node) == 1)
        finally:
            follower.stop()

    events = [entry["event"] for entry in logs]
    assert events[:2] == ["a round failed", "a round failed unexpectedly"]
    assert logs[0]["problem"] == "the chain does not answer"


def test_an_outage_however_long_is_outlived():
    """Pauses that double for ever would be longer than any number holds after a night."""
    attempts = []

    def fail() -> None:
        attempts.append(1)
        if len(attempts) == 1_100:
            rounds.stop()
        raise UnavailableError("the chain does not answer")

    rounds = Rounds(fail, pause_seconds=1e-9, slowest_seconds=1e-6)
    with structlog.testing.capture_logs():
        rounds.run()

    assert len(attempts) == 1_100


def test_of_two_followers_of_a_home_one_follows_and_the_other_takes_over(tmp_path: Path):
    chosen = template_settings(tmp_path / "home", sync_seconds=0.01)
    with Node(chosen) as first, Node(chosen) as second, structlog.testing.capture_logs() as logs:
        first.connect()
        second.connect()
        one, other = Follower(first, chosen), Follower(second, chosen)
        one.start()
        try:
            first.submit(first.accept(runs(1)).new)
            eventually(lambda: accepted(first) == 1)
            other.start()
            eventually(lambda: any("another process" in entry["event"] for entry in logs))
        finally:
            one.stop()
        try:
            eventually(lambda: any("follows the chain now" in entry["event"] for entry in logs))
            second.submit(second.accept(runs(2)).new)
            eventually(lambda: accepted(second) == 2)
        finally:
            other.stop()


def test_stopping_waits_for_the_round_under_way(tmp_path: Path):
    chosen = template_settings(tmp_path / "home", sync_seconds=3600)
    begun, finish = threading.Event(), threading.Event()

    def revive() -> None:
        begun.set()
        assert finish.wait(DEADLINE_SECONDS)

    with Node(chosen) as node, structlog.testing.capture_logs():
        node.connect()
        follower = Follower(node, chosen, revive=revive)
        follower.start()
        assert begun.wait(DEADLINE_SECONDS)
        stopping = threading.Thread(target=follower.stop)
        stopping.start()
        assert stopping.is_alive()
        finish.set()
        stopping.join(DEADLINE_SECONDS)
        assert not stopping.is_alive()
