"""What real Spark writes is read: success, failure and kill, in every form."""

from pathlib import Path

import pytest

from ledger.capture.spark_events.errors import NotFinishedError
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.places import logs_in_folder
from ledger.capture.spark_events.reading import Reading
from ledger.capture.spark_events.reading import read_log
from ledger.record.schema import Record
from ledger.record.schema import Status
from tests.capture.spark_events import spark
from tests.cli.running import eventually
from tests.watch.history_servers import history_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "words.txt"
    path.write_text("".join(f"{number % 1000} {number}\n" for number in range(20_000)))
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, words: Path) -> dict[str, EventLog]:
    """The logs of one application in each form, by the application's name."""
    folder = tmp_path_factory.mktemp("spark-events")
    spark.run(folder, *spark.WELL, "failing", words=words)
    return {read_log(log).job.name: log for log in logs_in_folder(folder)}


def record_of(found: dict[str, EventLog], form: str) -> Record:
    return read_log(found[f"words-{form}"])


def test_every_form_is_read(found: dict[str, EventLog], words: Path):
    assert set(found) == {f"words-{form}" for form in (*spark.WELL, "failing")}
    assert found["words-rolling"].name.startswith("eventlog_v2_")
    for form in spark.WELL:
        record = record_of(found, form)
        assert record.status is Status.SUCCEEDED
        assert record.job.framework.version
        assert (record.cluster.nodes, record.cluster.cores_per_node) == (1, 2)
        assert record.cluster.memory_bytes_per_node == 1 << 30
        assert record.configuration["spark.master"] == "local[2]"
        assert record.configuration["spark.sql.shuffle.partitions"] == "3"
        assert record.metrics is not None
        assert record.metrics.shuffle_written_bytes
        assert sum(stage.runtime_seconds for stage in record.stages) < 2 * record.runtime_seconds


def test_input_that_is_kept_in_memory_counts_once(found: dict[str, EventLog], words: Path):
    record = record_of(found, "plain")

    assert record.metrics is not None
    assert record.metrics.read_bytes is not None
    assert record.input.size_bytes == words.stat().st_size
    assert record.metrics.read_bytes > record.input.size_bytes
    assert len(record.stages) >= 3
    assert all("/" not in stage.name for stage in record.stages)


def test_a_job_that_failed_is_a_record_with_its_failed_tasks(found: dict[str, EventLog]):
    record = record_of(found, "failing")

    assert record.status is Status.FAILED
    assert record.input.size_bytes is None
    assert sum(stage.failed_tasks or 0 for stage in record.stages) >= 1


def test_what_the_history_server_compacted_keeps_runtime_and_cluster(
    found: dict[str, EventLog], tmp_path: Path
):
    whole = record_of(found, "rolling")
    with found["words-rolling"].parts[0].open() as stream:
        lines = stream.readlines()
    folder = tmp_path / "eventlog_v2_application_1"
    folder.mkdir()
    (folder / "appstatus_application_1").touch()
    for place, start in enumerate(range(0, len(lines), len(lines) // 4), 1):
        part = b"".join(lines[start : start + len(lines) // 4])
        (folder / f"events_{place}_application_1").write_bytes(part)
    few = {
        "rolling.maxFilesToRetain": "2",
        "rolling.compaction.score.threshold": "0.0",
    }

    with history_server(tmp_path, **few):
        eventually(lambda: list(folder.glob("*.compact")))
        eventually(lambda: len(list(folder.glob("events_*"))) == 3)
    (log,) = logs_in_folder(tmp_path)
    record = read_log(log)

    assert log.compacted
    assert (record.runtime_seconds, record.cluster) == (whole.runtime_seconds, whole.cluster)
    assert record.metrics is None


def test_one_that_was_killed_has_no_end(tmp_path: Path):
    with spark.hanging(tmp_path):
        (running,) = logs_in_folder(tmp_path)
    (log,) = logs_in_folder(tmp_path)

    assert (running.in_progress, log.in_progress) == (True, True)
    with pytest.raises(NotFinishedError):
        read_log(log)
    record = read_log(log, Reading(killed=True))
    assert record.status is Status.KILLED
    assert record.runtime_seconds > 0
    assert record.stages
