"""What a real History Server of Spark lists is taken, with the logs that it gives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.capture.event_log_map import EventLogMap
from ledger.capture.spark_events.reading import read_log
from ledger.capture.spark_events.reading import reader
from ledger.record import codec
from ledger.record.schema import EventLogOrigin
from ledger.record.schema import Record
from ledger.watch.history_server import HistoryServer
from ledger.watch.memory import Memory
from ledger.watch.rest import RestURLError
from ledger.watch.source import SourceUnavailableError
from ledger.watch.watcher import Seen
from ledger.watch.watcher import Watcher
from ledger.watch.watcher import What
from tests.capture.spark_events import logs
from tests.cli.running import eventually
from tests.watch.history_servers import history_server


def application(number: int, **more: str) -> list[logs.Event]:
    """Another id than that of the others, and an attempt if one is given."""
    events = logs.run(*logs.stage(), name=f"job-{number}")
    events[1] |= {"App ID": f"application_1700000000000_000{number}", **more}
    return events


WHOLE = logs.text(application(1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that ended, one that rolled, one that still runs, and a second attempt."""
    folder = tmp_path_factory.mktemp("spark-events")
    (folder / "application_1700000000000_0001.zstd").write_bytes(logs.zstd(WHOLE))
    rolled = application(2)
    logs.write_rolling(
        folder / "eventlog_v2_application_1700000000000_0002",
        {
            "events_1_application_1700000000000_0002": rolled[:4],
            "events_2_application_1700000000000_0002": rolled[4:],
        },
    )
    running = logs.text(application(3)[:-1])
    (folder / "application_1700000000000_0003.inprogress").write_bytes(running)
    second = logs.text(application(4, **{"App Attempt ID": "2"}))
    (folder / "application_1700000000000_0004_2").write_bytes(second)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with history_server(folder) as url:
        yield url


def round_over(url: str, memory: Path, kept: list[Record]) -> dict[str, Seen]:
    def keep(record: Record) -> str:
        kept.append(record)
        return codec.cid_of(record)

    noted = Memory(memory, url)
    watcher = Watcher(
        HistoryServer(url), noted, keep, read=reader(EventLogMap()), abandoned_seconds=24 * 3600.0
    )
    try:
        return {seen.name: seen for seen in watcher.round()}
    finally:
        noted.close()


@pytest.mark.slow
def test_applications_that_have_ended_are_taken_once(url: str, tmp_path: Path):
    memory, kept = tmp_path / "watched.sqlite", list[Record]()
    eventually(lambda: len(list(HistoryServer(url).candidates())) == 4)

    first = round_over(url, memory, kept)
    again = round_over(url, memory, kept)

    assert {
        name.removeprefix("application_1700000000000_"): seen.what for name, seen in first.items()
    } == {
        "0001": What.TAKEN,
        "0002": What.TAKEN,
        "0003": What.WAITS,
        "0004_2": What.TAKEN,
    }
    assert [seen.what for seen in again.values()] == [What.WAITS]
    assert sorted(record.job.name for record in kept) == ["job-1", "job-2", "job-4"]


@pytest.mark.slow
def test_the_record_is_that_of_the_log_itself(url: str, tmp_path: Path):
    eventually(lambda: len(list(HistoryServer(url).candidates())) == 4)

    round_over(url, tmp_path / "watched.sqlite", kept := [])

    by_name = {record.job.name: record for record in kept}
    assert by_name["job-1"] == read_log(logs.log_of(WHOLE))
    origin = by_name["job-4"].origin
    assert isinstance(origin, EventLogOrigin)
    assert origin.attempt == "2"


def test_one_that_does_not_answer_is_named(tmp_path: Path):
    with pytest.raises(SourceUnavailableError, match="does not answer") as failed:
        round_over("http://127.0.0.1:9", tmp_path / "watched.sqlite", [])
    assert failed.value.hint


@pytest.mark.parametrize("url", ["http://", "https://somebody:secret@history.example"])
def test_what_is_no_url_of_one_is_refused_without_its_password(url: str):
    with pytest.raises(RestURLError) as refused:
        HistoryServer(url)
    assert "secret" not in refused.value.diagnostics()
