"""Several processes that answer, one that follows: under load, killed, and told to stop."""

import http.client
import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from ledger.record import codec
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.record.schema import Record
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.cli.running import DEADLINE_SECONDS
from tests.cli.running import Up
from tests.cli.running import eventually
from tests.cli.running import gone
from tests.conftest import executions

pytestmark = pytest.mark.slow

READERS = 4

STOP_SECONDS = 25
"""Less than requests under way are given."""


@pytest.fixture
def up(used_home: Path) -> Iterator[Up]:
    running = Up(used_home, "--workers", "2")
    yield running
    running.kill()


def workers(up: Up) -> list[psutil.Process]:
    """The processes that answer: the children of gunicorn's own."""
    for child in up.process.children():
        if "ledger.cli.answering" in child.cmdline():
            return child.children()
    return []


def cid_of(record: Record) -> str:
    return to_text(digest_of(codec.encode(record)))


def answers(up: Up) -> bool:
    with suppress(requests.RequestException):
        return requests.get(up.url + "/livez", timeout=10).ok
    return False


def total(up: Up, name: str, **labels: str) -> float:
    """A figure, summed over all with these labels."""
    text = requests.get(up.url + "/metrics", timeout=DEADLINE_SECONDS).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


class Reader:
    """Asks again and again; every answer has to be a good one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.good, self.bad = 0, []

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                answer = requests.get(self._url, timeout=DEADLINE_SECONDS)
            except requests.RequestException as error:
                self.bad.append(error)
            else:
                self.good += answer.ok
                if not answer.ok:
                    self.bad.append(answer.status_code)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()


@contextmanager
def half_sent(up: Up, body: bytes) -> Iterator[http.client.HTTPConnection]:
    """A contribution of which the app has the first half."""
    address = urlsplit(up.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, DEADLINE_SECONDS)
    connection.putrequest("POST", "/api/v1/contributions")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[: len(body) // 2])
    yield connection
    connection.close()


def test_workers_answer_while_one_process_follows(up: Up, used_home: Path, tmp_path: Path):
    eventually(lambda: answers(up))
    file = write_records(tmp_path / "runs.jsonl", executions()[30:33])
    sent = requests.post(
        up.url + "/api/v1/contributions", data=file.read_bytes(), timeout=DEADLINE_SECONDS
    )
    assert sent.status_code == 201
    eventually(lambda: up.get("/api/v1/overview")["by_status"].get("accepted") == 9)

    for _ in range(40):
        with requests.Session() as session:
            assert session.get(up.url + "/readyz", timeout=DEADLINE_SECONDS).ok

    assert len(workers(up)) == 2
    counted = total(up, "perfledger_http_requests_total", route="/readyz", status="200")
    assert counted == 40
    assert total(up, "perfledger_rounds_total", loop="follower", outcome="succeeded") > 0
    assert total(up, "perfledger_up") == 1
    assert up.stop() == 0
    eventually(lambda: gone(up.children))
    lines = [json.loads(line) for line in up.complaints if line.startswith("{")]
    asked = [line for line in lines if line["event"] == "request"]
    assert len({line["request_id"] for line in asked}) == len(asked) >= 40
    assert not [line for line in up.complaints if "Traceback" in line]


def test_an_upload_under_way_is_taken_whole_though_the_node_is_told_to_stop(
    up: Up, used_home: Path, tmp_path: Path
):
    eventually(lambda: answers(up))
    body = write_records(tmp_path / "runs.jsonl", executions()[30:40]).read_bytes()
    with half_sent(up, body) as connection:
        eventually(lambda: total(up, "perfledger_http_requests_under_way") >= 2)

        up.process.send_signal(signal.SIGTERM)
        eventually(lambda: not answers(up))
        connection.send(body[len(body) // 2 :])
        answer = connection.getresponse()
        said = json.loads(answer.read())

    assert answer.status == 201
    assert said["new"] == 10
    assert up.stop() == 0
    listed = succeed(used_home, "list", "--limit", "1000", "--json").json["rows"]
    assert set(map(cid_of, executions()[30:40])) <= {row["cid"] for row in listed}


def test_a_worker_that_is_killed_is_replaced_and_takes_nothing_along(
    up: Up, used_home: Path, tmp_path: Path
):
    eventually(lambda: answers(up))
    eventually(lambda: len(workers(up)) == 2)
    acknowledged: set[str] = set()
    before = {each.pid for each in workers(up)}
    url = up.url + "/api/v1/contributions"
    for place in range(30, 48):
        file = write_records(tmp_path / "runs.jsonl", executions()[place : place + 1])
        with suppress(requests.ConnectionError):  # of the worker that was killed meanwhile
            sent = requests.post(url, data=file.read_bytes(), timeout=DEADLINE_SECONDS)
            if sent.json()["new"] == 1:
                acknowledged.add(cid_of(executions()[place]))
        if place == 35:
            workers(up)[0].kill()

    eventually(lambda: len({each.pid for each in workers(up)} - before) == 1)
    eventually(lambda: len(workers(up)) == 2)
    assert len(acknowledged) >= 16
    eventually(
        lambda: (
            acknowledged
            <= {row["cid"] for row in up.get("/api/v1/records?status=accepted&limit=100")["rows"]}
        )
    )


def test_readers_notice_nothing_of_the_others_load(up: Up):
    eventually(lambda: answers(up))
    readers = [Reader(up.url + "/api/v1/records") for _ in range(READERS)]
    with readers[0], readers[1], readers[2], readers[3]:
        eventually(lambda: min(reader.good for reader in readers) >= 10)

    assert [reader.bad for reader in readers] == [[]] * READERS


def test_workers_do_not_outlive_the_process_that_started_them(up: Up):
    eventually(lambda: answers(up))
    eventually(lambda: len(workers(up)) == 2)
    up.children = up.process.children(recursive=True)

    up.stop(signal.SIGKILL)

    eventually(lambda: gone(up.children))


def test_a_proxy_is_believed_by_either_server(used_home: Path):
    said = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Request-ID": "named-by-the-proxy",
    }
    for options in ((), ("--workers", "2")):
        running = Up(used_home, *options, PERFLEDGER_TRUSTED_PROXIES="127.0.0.1")
        try:
            eventually(lambda: answers(running))  # noqa: B023 - asked at once
            page = requests.get(running.url + "/contribute", headers=said, timeout=30)
            assert page.headers["X-Request-ID"] == "named-by-the-proxy"
            assert "Secure" in page.headers["Set-Cookie"]
            assert running.stop() == 0
        finally:
            running.kill()
        lines = [json.loads(line) for line in running.complaints if line.startswith("{")]
        (line,) = [each for each in lines if each.get("path") == "/contribute"]
        assert line["address"] == "203.0.113.9"


def test_workers_that_cannot_start_are_told(used_home: Path):
    secret = used_home / "web-secret"
    secret.unlink(missing_ok=True)
    secret.mkdir()

    running = Up(used_home, "--workers", "2")
    try:
        code = running.process.wait(DEADLINE_SECONDS)
    finally:
        running.kill()

    assert code != 0
    assert any("do not start" in line for line in running.complaints)


def test_streams_of_any_worker_tell_what_the_follower_did(up: Up, used_home: Path, tmp_path: Path):
    eventually(lambda: answers(up))
    eventually(lambda: len(workers(up)) == 2)
    listening = [requests.get(up.url + "/events", stream=True, timeout=60) for _ in range(6)]
    lines = [answer.iter_lines(decode_unicode=True) for answer in listening]
    for each in lines:
        assert next(line for line in each if line.startswith("data: "))

    file = write_records(tmp_path / "runs.jsonl", executions()[30:33])
    succeed(used_home, "contribute", file, "--no-wait")

    for each in lines:
        told = (json.loads(line[6:]) for line in each if line.startswith("data: "))
        batch = next(change["batches"][0] for change in told if change["batches"])
        assert batch["records"] >= 3
    began = time.monotonic()
    assert up.stop() == 0
    assert time.monotonic() - began < STOP_SECONDS, "streams held up the end"
    for answer in listening:
        answer.close()


def test_a_limit_is_the_same_whichever_worker_answers(used_home: Path):
    running = Up(used_home, "--workers", "2", PERFLEDGER_API_WRITES_PER_MINUTE="6")
    try:
        eventually(lambda: answers(running))
        eventually(lambda: len(workers(running)) == 2)
        told = [
            requests.post(running.url + "/api/v1/verify", data=b"{}", timeout=DEADLINE_SECONDS)
            for _ in range(20)
        ]
    finally:
        running.kill()

    statuses = [each.status_code for each in told]
    assert statuses == [200] * 6 + [429] * 14
    left = [int(each.headers["RateLimit"].split(";")[1][2:]) for each in told[:6]]
    assert left == [5, 4, 3, 2, 1, 0]
