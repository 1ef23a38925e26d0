"""Servers of frameworks are asked again, believed within bounds, and named when they are others."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

import pytest

from ledger.watch import rest
from ledger.watch.flink_server import FlinkServer
from ledger.watch.hadoop_server import JobHistory
from ledger.watch.hadoop_server import ResourceManager
from ledger.watch.rest import Rest
from ledger.watch.rest import RestURLError
from ledger.watch.source import SourceUnavailableError


class Server(ThreadingHTTPServer):
    """Answers out of a dictionary: path → answers, one after the other, the last for good."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[tuple[int, bytes]]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        answers = self.server.answers.get(self.path, [(404, b"")])
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def of(server: Server) -> Rest:
    return Rest(server.url, "the server", "http://server.example")


def test_what_is_not_there_is_nothing(server: Server):
    assert of(server).json_if_any("/none") is None
    with pytest.raises(SourceUnavailableError, match="nothing for /none"):
        of(server).json("/none")


def test_one_that_is_busy_is_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rest, "BACKOFF_SECONDS", 0.01)
    server.answers["/jobs"] = [(503, b""), (429, b""), (200, b"[1]")]

    assert of(server).json("/jobs") == [1]


def test_a_key_that_stands_twice_as_yarn_writes_it_is_no_fault(server: Server):
    server.answers["/apps"] = [(200, b'{"entry": 1, "entry": 2}')]

    assert of(server).json("/apps") == {"entry": 2}


@pytest.mark.parametrize(
    "answer", [(200, b"<html>"), (200, b"[" * 100), (200, b"\xff"), (500, b"{}")]
)
def test_one_that_is_something_else_is_named(server: Server, answer: tuple[int, bytes]):
    server.answers["/jobs"] = [answer]

    with pytest.raises(SourceUnavailableError, match="the server") as failed:
        of(server).json("/jobs")
    assert failed.value.hint


def test_an_answer_of_any_length_is_not_taken(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rest, "MAX_ANSWER_BYTES", 10)
    server.answers["/jobs"] = [(200, b'"more than ten"')]

    with pytest.raises(SourceUnavailableError, match="more than"):
        of(server).json("/jobs")


@pytest.mark.parametrize("url", ["history.example:1", "ftp://history.example", "http://a:b@c"])
def test_what_is_no_url_is_refused(url: str):
    with pytest.raises(RestURLError) as refused:
        Rest(url, "the server", "http://server.example")
    assert "http://server.example" in refused.value.hint


@pytest.mark.parametrize("listed", [b"[]", b'{"jobs": 5}', b'{"jobs": [5]}', b'{"jobs": [{}]}'])
def test_a_list_that_flink_would_not_answer_with_is_named(server: Server, listed: bytes):
    server.answers["/jobs/overview"] = [(200, listed)]

    with pytest.raises(SourceUnavailableError, match="the server of Flink"):
        list(FlinkServer(server.url).candidates())


@pytest.mark.parametrize(
    ("state", "seconds_ago", "waits"),
    [
        ("RUNNING", 3600, True),
        ("FINISHED", 3600, False),
        ("FINISHED", 1, True),
        ("FINISHED", -1, True),
        ("FAILED", -3600, False),
    ],
)
def test_a_job_of_flink_waits_until_what_is_told_of_it_is_its_end(
    server: Server, *, state: str, seconds_ago: int, waits: bool
):
    now = 1_700_000_000
    job = {"jid": "a" * 32, "state": state, "last-modification": (now - seconds_ago) * 1000}
    server.answers["/jobs/overview"] = [(200, json.dumps({"jobs": [job]}).encode())]

    (found,) = FlinkServer(server.url, clock=lambda: now).candidates()

    assert found.in_progress is waits


@pytest.mark.parametrize("listed", [b'{"jobs": {"job": 5}}', b'{"jobs": {"job": [{"id": 5}]}}'])
def test_a_list_that_a_job_history_would_not_answer_with_is_named(server: Server, listed: bytes):
    server.answers["/ws/v1/history/mapreduce/jobs"] = [(200, listed)]

    assert not JobHistory(server.url).is_one()
    with pytest.raises(SourceUnavailableError, match="the JobHistory server"):
        list(JobHistory(server.url).candidates())


@pytest.mark.parametrize("nothing", [b'{"apps": null}', b'{"apps": {}}'])
def test_a_cluster_on_which_nothing_ran_lists_nothing(server: Server, nothing: bytes):
    server.answers["/ws/v1/cluster/apps"] = [(200, nothing)]
    server.answers["/ws/v1/cluster/nodes"] = [(200, b'{"nodes": null}')]

    assert list(ResourceManager(server.url).candidates()) == []
    assert ResourceManager(server.url).sizes() == []


def test_what_a_resource_manager_lists_waits_until_it_has_ended(server: Server):
    listed = [
        {"id": "application_1", "applicationType": "TEZ", "state": "RUNNING"},
        {"id": "application_2", "applicationType": "TEZ", "state": "KILLED"},
        {"id": "application_3", "applicationType": "SPARK", "state": "FINISHED"},
    ]
    answer = json.dumps({"apps": {"app": listed}}).encode()
    server.answers["/ws/v1/cluster/apps"] = [(200, answer)]

    found = list(ResourceManager(server.url, ("tez",)).candidates())

    assert [(each.name, each.in_progress) for each in found] == [
        ("application_1", True),
        ("application_2", False),
    ]
