"""Jobs that real Flink runs are taken as they end: from its servers, and from its archives."""

from collections.abc import Callable
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.capture.answers import Answers
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.flink_jobs.recording import read_job
from ledger.record import codec
from ledger.record.schema import Record
from ledger.record.schema import Status
from ledger.watch.flink_archives import FlinkArchives
from ledger.watch.flink_server import FlinkServer
from ledger.watch.memory import Memory
from ledger.watch.rest import RestURLError
from ledger.watch.source import Source
from ledger.watch.source import SourceUnavailableError
from ledger.watch.watcher import Seen
from ledger.watch.watcher import Watcher
from ledger.watch.watcher import What
from tests.capture.flink_jobs import archives
from tests.capture.flink_jobs.cluster import MEMORY
from tests.capture.flink_jobs.cluster import SLOTS
from tests.capture.flink_jobs.cluster import Cluster
from tests.capture.flink_jobs.cluster import answer
from tests.capture.flink_jobs.cluster import cluster
from tests.cli.running import eventually

WORDS = 20_000
FORMS = ("batch", "failing", "ended", "endless")
MEBIBYTE = 1 << 20


class Ran(NamedTuple):
    """What became of the jobs of a cluster.

    Attributes:
        cluster: still there.
        jobs: form → id.
        while_running: what a look at the JobManager found while one still ran.
        taken: form → record, of the JobManager.
    """

    cluster: Cluster
    jobs: dict[str, str]
    while_running: dict[str, Seen]
    taken: dict[str, Record]


def rounds_until(place: Source[Answers], memory: Path, *wanted: str) -> dict[str, Seen]:
    """What the last rounds found of each job, when all that are wanted were taken."""
    found: dict[str, Seen] = {}

    def are_taken() -> bool:
        found.update(round_over(place, memory))
        return all(found[each].what is What.TAKEN for each in wanted)

    eventually(are_taken)
    return found


def round_over(place: Source[Answers], memory: Path) -> dict[str, Seen]:
    """A round of a new process, which knows only what is on disk."""
    noted = Memory(memory, place.url)
    watcher = Watcher(
        place,
        noted,
        codec.cid_of,
        read=lambda answers, _killed: read_job(answers, EventLogMap()),
        abandoned_seconds=inf,
    )
    try:
        return {seen.name: seen for seen in watcher.round()}
    finally:
        noted.close()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """A batch job, one that fails twice, a stream that ends, and one that is cancelled."""
    folder = tmp_path_factory.mktemp("flink")
    words, memory = folder / "words.csv", folder / "watched.sqlite"
    words.write_text("".join(f"word-{number % 100}\n" for number in range(WORDS)))
    (folder / "cluster").mkdir()
    with cluster(folder / "cluster") as running:
        jobs = running.submit(words, *FORMS)
        at = f"{running.url}/jobs/{jobs['endless']}"
        eventually(lambda: answer(f"{at}/checkpoints").get("counts", {}).get("completed"))
        three = [jobs[form] for form in FORMS[:3]]
        before = rounds_until(FlinkServer(running.url), memory, *three)
        running.cancel(jobs["endless"])
        after = rounds_until(FlinkServer(running.url), memory, jobs["endless"])
        taken = {name: seen.record for name, seen in (before | after).items() if seen.record}
        form_of = {identifier: form for form, identifier in jobs.items()}
        yield Ran(running, jobs, before, {form_of[name]: taken[name] for name in taken})


@pytest.mark.slow
def test_jobs_that_have_ended_are_taken_and_the_one_that_runs_waits(ran: Ran):
    states = {form: ran.while_running[ran.jobs[form]].what for form in FORMS}

    assert states == {
        "batch": What.TAKEN,
        "failing": What.TAKEN,
        "ended": What.TAKEN,
        "endless": What.WAITS,
    }
    assert {form: record.status for form, record in ran.taken.items()} == {
        "batch": Status.SUCCEEDED,
        "failing": Status.FAILED,
        "ended": Status.SUCCEEDED,
        "endless": Status.KILLED,
    }


@pytest.mark.slow
def test_a_batch_job_tells_its_input_its_cluster_and_its_stages(ran: Ran):
    record = ran.taken["batch"]

    assert record.job.name == "words-batch"
    assert (record.job.framework.name, record.job.framework.version) == ("flink", "2.3.0")
    assert record.input.characteristics == {"records": WORDS}
    assert (record.cluster.nodes, record.cluster.cores_per_node) == (1, SLOTS)
    assert record.cluster.memory_bytes_per_node == int(MEMORY.removesuffix("m")) * MEBIBYTE
    assert record.configuration["job-type"] == "BATCH"
    assert record.metrics is not None
    assert record.metrics.read_records == WORDS
    assert record.metrics.shuffle_written_bytes
    first, last = record.stages
    assert first.name.startswith("Source: words")
    assert last.metrics is not None
    assert last.metrics.read_records == 100
    assert sum(stage.runtime_seconds for stage in record.stages) < 2 * record.runtime_seconds


@pytest.mark.slow
def test_a_job_that_failed_tells_its_failures_and_restarts(ran: Ran):
    record = ran.taken["failing"]

    assert record.metrics is not None
    assert record.metrics.restarts == 1
    assert sum(stage.failed_tasks or 0 for stage in record.stages) == 2
    assert record.input.model_dump() == {}


@pytest.mark.slow
def test_a_stream_that_ended_tells_its_checkpoints(ran: Ran):
    for form in ("ended", "endless"):
        record = ran.taken[form]
        assert record.configuration["job-type"] == "STREAMING"
        assert record.metrics is not None
        assert record.metrics.checkpoints


@pytest.mark.slow
def test_a_history_server_gives_the_same_records_and_archives_do_too(ran: Ran, tmp_path: Path):
    ended = set(ran.jobs.values())
    history = FlinkServer(ran.cluster.history_url)
    eventually(lambda: {each.name for each in history.candidates()} == ended)

    of_server = round_over(history, tmp_path / "history.sqlite")
    of_archives = round_over(FlinkArchives(str(ran.cluster.archives)), tmp_path / "files.sqlite")

    for form, identifier in ran.jobs.items():
        expected = ran.taken[form].model_dump()
        assert _record(of_server[identifier]) == expected
        told = _record(of_archives[identifier])
        assert len(told["origin"].pop("sha256")) == 64
        assert told == expected


@pytest.mark.slow
def test_nothing_of_a_query_a_path_or_a_parameter_is_in_a_record(ran: Ran):
    for record in ran.taken.values():
        text = record.model_dump_json()
        for private in ("secret", "words.csv", "localhost", "127.0.0.1", "CAST", "top", "password"):
            assert private not in text


def _record(seen: Seen) -> dict[str, dict[str, str]]:
    assert seen.record is not None
    return seen.record.model_dump()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Archives as Flink 1 puts them, and as Flink 2.3 does, beside what is none."""
    folder = tmp_path / "completed-jobs"
    deep = folder / ("0" * 32) / "applications" / ("d" * 32) / "jobs"
    deep.mkdir(parents=True)
    (folder / archives.JOB).write_bytes(archives.archive(archives.answers()))
    (deep / ("d" * 32)).write_bytes(archives.archive(archives.answers("d" * 32)))
    (deep.parent / "application-summary").write_text("{}")
    return folder


@pytest.mark.parametrize("url", [str, Path.as_uri])
def test_archives_are_found_wherever_flink_puts_them(
    folder: Path, tmp_path: Path, url: Callable[[Path], str]
):
    first = round_over(FlinkArchives(url(folder)), tmp_path / "watched.sqlite")
    again = round_over(FlinkArchives(url(folder)), tmp_path / "watched.sqlite")

    assert {name: seen.what for name, seen in first.items()} == {
        archives.JOB: What.TAKEN,
        "d" * 32: What.TAKEN,
    }
    assert again == {}


def test_an_archive_that_is_being_written_is_read_again_when_it_is_whole(
    folder: Path, tmp_path: Path
):
    whole = (folder / archives.JOB).read_bytes()
    (folder / archives.JOB).write_bytes(whole[:300])
    cut = round_over(FlinkArchives(str(folder)), tmp_path / "watched.sqlite")
    (folder / archives.JOB).write_bytes(whole)
    mended = round_over(FlinkArchives(str(folder)), tmp_path / "watched.sqlite")

    assert cut[archives.JOB].what is What.REFUSED
    assert {name: seen.what for name, seen in mended.items()} == {archives.JOB: What.TAKEN}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(SourceUnavailableError, match="cannot be looked at") as failed:
        round_over(FlinkArchives(str(tmp_path / "none")), tmp_path / "watched.sqlite")
    assert failed.value.hint


def test_a_server_that_does_not_answer_is_named(tmp_path: Path):
    with pytest.raises(SourceUnavailableError, match="does not answer") as failed:
        round_over(FlinkServer("http://127.0.0.1:9"), tmp_path / "watched.sqlite")
    assert failed.value.hint


def test_what_is_no_url_of_a_server_is_refused_without_its_password():
    with pytest.raises(RestURLError, match="Flink") as refused:
        FlinkServer("https://somebody:secret@jobmanager.example")
    assert "secret" not in refused.value.diagnostics()
