"""Each application is taken once, when it has ended, whatever happens meanwhile."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from ledger.capture.event_log_map import EventLogMap
from ledger.capture.spark_events.reading import reader
from ledger.record import codec
from ledger.record.schema import Record
from ledger.record.schema import Status
from ledger.watch.files import FolderURLError
from ledger.watch.folder import Folder
from ledger.watch.memory import Memory
from ledger.watch.source import SourceUnavailableError
from ledger.watch.watcher import Seen
from ledger.watch.watcher import Watcher
from ledger.watch.watcher import What
from tests.capture.spark_events import logs

EVENTS = logs.run(logs.job_start(), *logs.stage(), logs.job_end())
WHOLE = logs.text(EVENTS)
RUNNING = logs.text(EVENTS[:-1])
HOUR = 3600.0


class Ledger:
    """What is kept, and what time it is."""

    def __init__(self, folder: str, memory: Path) -> None:
        self.folder = folder
        self.kept: list[Record] = []
        self.now = time.time()
        self.memory = memory

    def keep(self, record: Record) -> str:
        self.kept.append(record)
        return codec.cid_of(record)

    def round(self) -> dict[str, Seen]:
        """A round of a new process, which knows only what is on disk."""
        memory = Memory(self.memory, self.folder, clock=lambda: self.now)
        watcher = Watcher(
            Folder(self.folder),
            memory,
            self.keep,
            read=reader(EventLogMap()),
            abandoned_seconds=HOUR,
            clock=lambda: self.now,
        )
        try:
            return {seen.name: seen for seen in watcher.round()}
        finally:
            memory.close()


@pytest.fixture(params=["local", "url", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A folder on this machine, the same by its URL, and one that only fsspec reaches."""
    if request.param == "memory":
        name = f"memory://events-{uuid.uuid4().hex}"
        files = fsspec.filesystem("memory")
        files.mkdir(name)
        yield name
        files.rm(name, recursive=True)
        return
    local = tmp_path / "events"
    local.mkdir()
    yield str(local) if request.param == "local" else local.as_uri()


@pytest.fixture
def ledger(folder: str, tmp_path: Path) -> Ledger:
    return Ledger(folder, tmp_path / "watched.sqlite")


def write(folder: str, name: str, data: bytes) -> None:
    with fsspec.open(f"{folder}/{name}", "wb") as file:
        file.write(data)


def remove(folder: str, name: str) -> None:
    files, path = fsspec.core.url_to_fs(f"{folder}/{name}")
    files.rm(path)


def test_what_has_ended_is_taken_once(ledger: Ledger):
    write(ledger.folder, "application_1", WHOLE)
    write(ledger.folder, "application_2.zstd", logs.zstd(logs.text(logs.run(name="two"))))

    first = ledger.round()
    again = ledger.round()

    assert {seen.what for seen in first.values()} == {What.TAKEN}
    assert sorted(record.job.name for record in ledger.kept) == ["two", "wordcount"]
    assert again == {}


def test_what_still_runs_is_taken_when_it_has_ended(ledger: Ledger):
    write(ledger.folder, "application_1.inprogress", RUNNING)
    assert ledger.round()["application_1"].what is What.WAITS

    remove(ledger.folder, "application_1.inprogress")
    write(ledger.folder, "application_1", WHOLE)

    assert ledger.round()["application_1"].what is What.TAKEN
    assert [record.status for record in ledger.kept] == [Status.SUCCEEDED]


def test_a_rolling_log_is_taken_when_it_has_ended(ledger: Ledger):
    log = "eventlog_v2_application_1"
    files, path = fsspec.core.url_to_fs(f"{ledger.folder}/{log}")
    files.mkdir(path)
    write(ledger.folder, f"{log}/appstatus_application_1.inprogress", b"")
    write(ledger.folder, f"{log}/events_1_application_1", logs.text(EVENTS[:6]))
    assert ledger.round()[log].what is What.WAITS

    write(ledger.folder, f"{log}/events_2_application_1", logs.text(EVENTS[6:]))
    remove(ledger.folder, f"{log}/appstatus_application_1.inprogress")
    write(ledger.folder, f"{log}/appstatus_application_1", b"")

    assert ledger.round()[log].what is What.TAKEN
    write(ledger.folder, f"{log}/events_2_application_1.compact", logs.text(EVENTS))
    assert ledger.round() == {}


def test_what_has_not_changed_for_long_was_killed(ledger: Ledger):
    ledger.now = 4_000_000_000.0  # later than any file system's clock
    write(ledger.folder, "application_1.inprogress", RUNNING)

    assert ledger.round()["application_1"].what is What.TAKEN
    assert [record.status for record in ledger.kept] == [Status.KILLED]


def test_what_changes_meanwhile_was_not_killed(ledger: Ledger):
    ledger.now = 0.0  # before every file, as with a clock that is wrong
    write(ledger.folder, "application_1.inprogress", RUNNING[:-200])
    assert ledger.round()["application_1"].what is What.WAITS

    ledger.now += HOUR / 2
    write(ledger.folder, "application_1.inprogress", RUNNING)
    assert ledger.round()["application_1"].what is What.WAITS

    ledger.now += HOUR / 2
    assert ledger.round()["application_1"].what is What.WAITS
    ledger.now += HOUR / 2
    assert ledger.round()["application_1"].what is What.TAKEN


def test_a_log_that_is_bad_stops_no_other_and_is_read_again_when_it_changes(ledger: Ledger):
    write(ledger.folder, "application_1", WHOLE[:300] + b"\n<html>\n")
    write(ledger.folder, "application_2", WHOLE)
    write(ledger.folder, "notes.txt", b"nothing\n")

    first = ledger.round()
    again = ledger.round()
    write(ledger.folder, "application_1", logs.text(logs.run(name="mended")))
    mended = ledger.round()

    assert (first["application_1"].what, first["application_2"].what) == (
        What.REFUSED,
        What.TAKEN,
    )
    assert "line 3" in first["application_1"].reason
    assert again == {}
    assert mended["application_1"].what is What.TAKEN


def test_who_is_killed_between_keeping_and_noting_takes_the_same_record_again(ledger: Ledger):
    write(ledger.folder, "application_1", WHOLE)
    keep = ledger.keep

    def killed(record: Record) -> str:
        keep(record)
        raise KeyboardInterrupt

    ledger.keep = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        ledger.round()
    ledger.keep = keep  # type: ignore[method-assign]
    ledger.round()

    assert len(ledger.kept) == 2
    assert len({codec.cid_of(record) for record in ledger.kept}) == 1


def test_a_place_that_is_gone_is_named_and_tried_again(ledger: Ledger):
    ledger.folder = f"{ledger.folder}/missing"

    with pytest.raises(SourceUnavailableError, match="cannot be looked at") as failed:
        ledger.round()
    assert failed.value.hint


def test_a_file_that_cannot_be_read_now_is_tried_again(tmp_path: Path):
    events = tmp_path / "events"
    events.mkdir()
    ledger = Ledger(str(events), tmp_path / "watched.sqlite")
    (events / "eventlog_v2_application_1").mkdir()
    part = events / "eventlog_v2_application_1" / "events_1_application_1"
    part.symlink_to(tmp_path / "later")

    assert What.TAKEN not in {seen.what for seen in ledger.round().values()}
    (tmp_path / "later").write_bytes(WHOLE)

    assert ledger.round()["eventlog_v2_application_1"].what is What.TAKEN


@pytest.mark.parametrize("url", ["nosuch://bucket/events", "s3://"])
def test_a_url_that_nothing_reads_is_named(url: str):
    with pytest.raises(FolderURLError, match="cannot be read"):
        Folder(url)


def test_records_wait_for_their_signature_across_processes(tmp_path: Path):
    memory = Memory(tmp_path / "watched.sqlite", "here")
    for place in range(3):
        memory.taken(f"application_{place}", "1", f"cid-{place}")
    memory.signed(["cid-0", "cid-2"])
    memory.close()

    again = Memory(tmp_path / "watched.sqlite", "here")
    elsewhere = Memory(tmp_path / "watched.sqlite", "elsewhere")

    assert again.unsigned() == ["cid-1"]
    assert elsewhere.unsigned() == []
    again.close()
    elsewhere.close()
