"""Streams of changes: told once, resumed, bounded, and no burden to the rest of the app."""

import json
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from ledger import settings
from ledger.node import Node
from tests.conftest import executions
from tests.webapp.conftest import Served
from webapp import create_app
from webapp import live
from webapp.live import MOST_STREAMS
from webapp.live import stream as streams

DEADLINE_SECONDS = 60


class Reader:
    """One who reads events."""

    def __init__(self, url: str, since: str = "", last: str = "") -> None:
        headers = {"Last-Event-ID": last} if last else {}
        self.answer = requests.get(
            f"{url}/events?since={since}", headers=headers, stream=True, timeout=DEADLINE_SECONDS
        )
        self._lines = self.answer.iter_lines(chunk_size=1, decode_unicode=True)

    def next(self) -> dict[str, Any]:
        """The next event, without what is no event; empty at the end of the stream."""
        found: dict[str, Any] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name in {"id", "event", "retry"}:
                found[name] = value
            elif name == "data":
                found["data"] = json.loads(value)
            elif not line and "data" in found:
                return found
        return {}

    def close(self) -> None:
        self.answer.close()


@contextmanager
def reading(url: str, **more: str) -> Iterator[Reader]:
    reader = Reader(url, **more)
    yield reader
    reader.close()


def eventually(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.05)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.live.hub.POLL_SECONDS", 0.05)
    monkeypatch.setattr("webapp.live.stream.HEARTBEAT_SECONDS", 0.2)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Node(settings.load(tmp_path / "home", app_port=0, chain_port=0)) as opened:
        opened.connect()
        opened.sync.step()
        yield opened


@pytest.fixture
def url(node: Node) -> Iterator[str]:
    app = create_app(node)
    with Served(app) as server:
        yield server.url
        live.stop(app)


def anchor(node: Node, first: int, number: int = 1) -> None:
    node.submit(node.accept(executions()[first : first + number]).new)
    node.cycle()


def test_a_reader_is_told_of_batches_and_verdicts_as_they_come(node: Node, url: str):
    with reading(url) as reader:
        hello = reader.next()
        assert hello["event"] == "change"
        assert hello["data"]["records"] == 0

        anchor(node, 0, 3)
        seen = reader.next()
        while not seen["data"]["batches"]:
            seen = reader.next()
        (batch,) = seen["data"]["batches"]
        assert (batch["records"], batch["attestations"]) == (3, 0)

        for validator in node.validators():
            validator.step()
        node.sync.step()
        while not (seen["data"]["batches"] and seen["data"]["batches"][0]["attestations"]):
            seen = reader.next()

    assert seen["data"]["batches"][0]["batch_id"] == batch["batch_id"]
    assert int(seen["id"]) == seen["data"]["position"]["revision"]


def test_what_happened_while_a_reader_was_away_is_told_when_he_comes_back(node: Node, url: str):
    with reading(url) as reader:
        last = reader.next()["id"]
    anchor(node, 0, 2)

    with reading(url, last=last) as again, reading(url, since=last) as by_address:
        missed, same = again.next(), by_address.next()

    assert missed["data"]["records"] == 2
    assert len(missed["data"]["batches"]) == 1
    assert same["data"] == missed["data"]


def test_a_restart_of_the_app_is_bridged(node: Node, url: str):
    with reading(url) as reader:
        last = reader.next()["id"]
    anchor(node, 0)
    app = create_app(node)
    with Served(app) as restarted, reading(restarted.url, last=last) as again:
        assert again.next()["data"]["records"] == 1
        live.stop(app)


@pytest.mark.parametrize("last", ["999999999", "0"])
def test_a_place_that_is_none_of_this_index_means_to_begin_anew(url: str, last: str):
    with reading(url, last=last) as reader:
        assert reader.next()["event"] == "restart"


@pytest.mark.parametrize("last", ["nonsense", "-1", "9" * 40, "²"])
def test_a_place_that_cannot_be_read_is_that_of_now(url: str, last: str):
    with reading(url, since=last) as reader:
        first = reader.next()

    assert (first["event"], first["data"]["records"]) == ("change", 0)


def test_a_rebuild_is_told_as_a_new_beginning(node: Node, url: str):
    anchor(node, 0)
    with reading(url) as reader:
        reader.next()
        node.rebuild()
        assert reader.next()["event"] == "restart"


def test_those_who_find_no_place_are_answered_and_ask_again(node: Node, url: str):
    with ExitStack() as all_readers:
        for _ in range(MOST_STREAMS):
            all_readers.enter_context(reading(url)).next()
        late = Reader(url)
        first = late.next()

        assert first["retry"] == str(streams.POLL_MS)
        assert late.next() == {}
        late.close()
        # Everything else is answered as before.
        assert requests.get(f"{url}/livez", timeout=DEADLINE_SECONDS).ok

    def has_place() -> bool:
        with reading(url) as reader:
            return reader.next()["retry"] == str(streams.RETRY_MS)

    eventually(has_place)


def test_stopping_ends_streams_at_once(node: Node, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("webapp.live.stream.HEARTBEAT_SECONDS", DEADLINE_SECONDS)
    app = create_app(node)
    with Served(app) as server, reading(server.url) as reader:
        reader.next()

        live.stop(app)

        assert reader.next() == {}


def test_nobody_looks_at_the_index_when_nobody_listens(node: Node, url: str):
    def watchers() -> int:
        return sum(thread.name == "live" for thread in threading.enumerate())

    with reading(url) as reader:
        reader.next()
        eventually(lambda: watchers() == 1)

    eventually(lambda: watchers() == 0)


def test_drafts_are_told_to_nobody_else(tmp_path: Path):
    chosen = settings.load(tmp_path / "home", chain_port=0, app_host="0.0.0.0")
    with Node(chosen) as node:
        node.connect()
        app = create_app(node)
        with Served(app) as server, reading(server.url) as reader:
            last = reader.next()["id"]
            node.accept(executions()[:1])
            with reading(server.url, last=last) as again:
                assert again.next()["data"]["records"] == 0
            live.stop(app)
