"""Whom a node visits, and how often: among few peers and among many."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import UnavailableError
from ledger.peers.book import Book
from ledger.peers.visiting import ENOUGH
from ledger.peers.visiting import PACE_SECONDS
from ledger.peers.visiting import VISIT_SECONDS
from ledger.peers.visiting import Visitor

LEDGER = "the ledger"


class Neighbourhood:
    """Nodes that know each other, without a network between them, and a clock.

    Takes the place of the HTTP client, whose own tests are elsewhere: here it counts who visits
    whom over hours.
    """

    is_closed = False

    def __init__(self, nodes: int) -> None:
        self.now = 1_000_000.0
        self.urls = [f"http://10.0.{number // 250}.{number % 250}:5001" for number in range(nodes)]
        self.silent: set[str] = set()
        self.visits: Counter[str] = Counter()

    def json(self, _method: str, url: str, **_options: Any) -> Any:
        node, _, what = url.partition("/peers/v1/")
        if node in self.silent:
            raise UnavailableError(f"{node} does not answer")
        if what == "node":
            self.visits[node] += 1
            return {"peer_id": node, "ledger": LEDGER, "version": "1", "url": node}
        if what == "holdings":
            return {"list": node, "held": [], "dropped": [], "cursor": 0, "newest": 0}
        return {"peers": random.sample(self._there(), min(100, len(self._there())))}

    def _there(self) -> list[str]:
        return [url for url in self.urls if url not in self.silent]


class Newcomer:
    """A node that knows one of them."""

    def __init__(self, around: Neighbourhood, folder: Path) -> None:
        self.around = around
        self.book = Book(folder / "peers.sqlite", lambda: around.now)
        self.book.peers.name("peer", around.urls[:1])
        self.visitor = Visitor(
            self.book,
            around,
            peer_id="of the newcomer",
            ledger=LEDGER,
            own_url=lambda: None,
            anchored=lambda: 0,
            clock=lambda: around.now,
        )

    def run(self, seconds: float) -> int:
        """Let time pass; returns how many visits were made."""
        before = self.around.visits.total()
        for _ in range(int(seconds)):
            self.visitor.step()
            self.around.now += 1
        return self.around.visits.total() - before

    def close(self) -> None:
        self.visitor.close()
        self.book.close()


def newcomer(request: pytest.FixtureRequest, folder: Path, nodes: int) -> Newcomer:
    made = Newcomer(Neighbourhood(nodes), folder)
    request.addfinalizer(made.close)
    return made


def test_few_peers_are_all_met_at_once(request: pytest.FixtureRequest, tmp_path: Path):
    node = newcomer(request, tmp_path, ENOUGH)
    node.run(3)
    assert node.around.visits == Counter(node.around.urls)


def test_few_peers_are_each_visited_once_a_minute(request: pytest.FixtureRequest, tmp_path: Path):
    node = newcomer(request, tmp_path, 5)
    node.run(10 * VISIT_SECONDS)
    assert set(node.around.visits) == set(node.around.urls)
    assert set(node.around.visits.values()) == {10}


@pytest.mark.parametrize("nodes", [2 * ENOUGH, 50, 500])
def test_a_newcomer_costs_the_same_among_any_number(
    request: pytest.FixtureRequest, tmp_path: Path, nodes: int
):
    node = newcomer(request, tmp_path, nodes)
    assert node.run(10) <= 2 * ENOUGH + 10 / PACE_SECONDS
    assert node.run(600) <= 600 / PACE_SECONDS


def test_everybody_of_fifty_is_met_in_time(request: pytest.FixtureRequest, tmp_path: Path):
    node = newcomer(request, tmp_path, 50)
    node.run(600)
    assert set(node.around.visits) == set(node.around.urls)


def test_nobody_counts_as_away_because_he_is_not_visited(
    request: pytest.FixtureRequest, tmp_path: Path
):
    node = newcomer(request, tmp_path, 30)
    node.run(600)
    for _ in range(30):
        node.run(60)
        assert node.book.peers.count_here() == 30


def test_where_peers_fall_silent_others_are_met_at_once(
    request: pytest.FixtureRequest, tmp_path: Path
):
    node = newcomer(request, tmp_path, 40)
    node.run(4)
    node.around.silent = set(node.around.visits)
    node.run(120)
    assert node.book.peers.count_here() >= ENOUGH


def test_told_of_many_who_are_not_there_it_still_visits_those_it_knows(
    request: pytest.FixtureRequest, tmp_path: Path
):
    node = newcomer(request, tmp_path, 12)
    node.run(120)
    known = set(node.around.visits)
    for hour in range(3):
        invented = [f"http://10.9.{hour}.{number}:5001" for number in range(200)]
        node.around.silent.update(invented)
        node.book.peers.introduce(invented)
        before = Counter(node.around.visits)
        node.run(400)
        assert known <= set(node.around.visits - before)
