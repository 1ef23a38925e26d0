"""Event logs as bytes: compressed, cut, rolled, zipped, damaged, made to do harm."""

import errno
import gzip
import hashlib
import io
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.capture.entries import Entry
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.source import content_of_bytes
from ledger.capture.spark_events import compression
from ledger.capture.spark_events.compression import Uncompressed
from ledger.capture.spark_events.errors import EventLogError
from ledger.capture.spark_events.errors import LogUnavailableError
from ledger.capture.spark_events.errors import MalformedEventError
from ledger.capture.spark_events.errors import NotFinishedError
from ledger.capture.spark_events.errors import UnreadableLogError
from ledger.capture.spark_events.events import MAX_EVENT_BYTES
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.places import logs_in_folder
from ledger.capture.spark_events.reading import Reading
from ledger.capture.spark_events.reading import read_log
from ledger.capture.spark_events.reading import row_of_log
from ledger.capture.tables import Kind
from ledger.capture.tables import kind_of_content
from ledger.capture.tables import read_any
from ledger.record.schema import EventLogOrigin
from ledger.record.schema import Status
from tests.capture.spark_events import logs

WHOLE = logs.text(logs.run(logs.job_start(), *logs.stage(), logs.job_end()))
HEAD, TAIL = WHOLE.split(b"\n", 1)

every_codec = pytest.mark.parametrize("codec", logs.COMPRESSED)


@every_codec
def test_a_log_gives_one_record_however_it_is_compressed(codec: str):
    packed = logs.COMPRESSED[codec](WHOLE)

    record = read_log(logs.log_of(packed))

    assert kind_of_content(content_of_bytes(packed)) is Kind.SPARK
    assert record == read_log(logs.log_of(WHOLE))
    assert isinstance(record.origin, EventLogOrigin)
    assert record.origin.sha256 == hashlib.sha256(WHOLE).hexdigest()


@given(data=st.binary(max_size=5000), codec=st.sampled_from(sorted(logs.COMPRESSED)))
def test_what_was_compressed_comes_back(data: bytes, codec: str):
    raw = io.BytesIO(logs.COMPRESSED[codec](b"{" + data))

    assert io.BufferedReader(Uncompressed(raw)).read() == b"{" + data


@given(data=st.binary(max_size=300), magic=st.sampled_from(sorted(compression._MAGIC)))
def test_whatever_claims_to_be_compressed_ends_in_bytes_or_a_named_error(data: bytes, magic: bytes):
    stream = io.BufferedReader(Uncompressed(io.BytesIO(magic + data)))

    with suppress(UnreadableLogError):
        assert isinstance(stream.read(), bytes)


@every_codec
def test_a_log_that_was_cut_is_one_without_an_end(codec: str):
    """As kill -9 leaves it: in the middle of a line, or of a compressed block."""
    stages = [event for each in range(300) for event in logs.stage(each)]
    long = logs.text(logs.run(logs.job_start(), *stages, logs.job_end()))
    cut = long[: long.index(b"SparkListenerJobEnd") + 40]
    packed = logs.COMPRESSED[codec](cut)
    packed = packed if codec == "none" else packed[:-30]

    with pytest.raises(NotFinishedError):
        read_log(logs.log_of(packed))
    record = read_log(logs.log_of(packed), Reading(killed=True))

    assert (record.runtime_seconds, record.status) == (5.0, Status.KILLED)
    assert record.stages


@pytest.mark.parametrize("start", [b"ZV\x01", b"\x04\x22\x4d\x18"])
def test_what_is_not_read_is_named_with_a_way_on(start: bytes):
    content = content_of_bytes(start + b"something")

    assert kind_of_content(content) is Kind.SPARK
    (bad,) = read_any(start + b"something")
    assert isinstance(bad, Bad)
    assert "LZ" in bad.reason
    assert "Set spark.eventLog" in bad.reason or "Unpack it" in bad.reason


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (HEAD + b"\n<html>\n", 2, "no event of Spark"),
        (HEAD + b'\n{"Event":"SparkListenerJobEnd","Job ID":}\n', 2, "not JSON"),
        (HEAD + b'\n{"Event":"SparkListenerJobEnd","\xff":1}\n' + TAIL, 2, "not JSON"),
        (HEAD + b'\n{"Event":"SparkListenerJobEnd","a":' + b"[" * 500 + b"\n", 2, "nested"),
        (b'{"Event":"SparkListenerJobEnd","Job ID":' + b"9" * 9999 + b"}\n", 1, "not JSON"),
        (b'{"Event":"SparkListenerJobEnd","a":"' + b"x" * MAX_EVENT_BYTES, 1, "more than 4 MiB"),
        (b"\x00" * 100 + b"\n", 1, "no event of Spark"),
    ],
    ids=["html", "cut", "encoding", "nested", "digits", "long", "zeros"],
)
def test_a_line_that_is_no_event_is_named(data: bytes, line: int, reason: str):
    with pytest.raises(MalformedEventError, match=reason) as refused:
        read_log(logs.log_of(data))

    assert refused.value.line == line
    assert refused.value.hint


def test_events_that_nobody_needs_may_be_of_any_length():
    plan = b'{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","plan":"'
    long = plan + b"x" * (MAX_EVENT_BYTES * 2) + b'"}\n'

    record = read_log(logs.log_of(HEAD + b"\n" + long + TAIL))

    assert record.runtime_seconds == 10.0
    assert isinstance(record.origin, EventLogOrigin)
    expected = hashlib.sha256(HEAD + b"\n" + long + TAIL).hexdigest()
    assert record.origin.sha256 == expected


def test_memory_does_not_grow_with_the_log():
    def peak(stages: int) -> int:
        begin, end = logs.run()[:-1], [logs.application_end()]
        middle = [event for each in range(stages) for event in logs.stage(each)]
        packed = gzip.compress(logs.text([*begin, *middle, *end]))
        tracemalloc.start()
        read_log(logs.log_of(packed))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(2000) < 1.5 * peak(600)


@pytest.mark.parametrize("pack", [gzip.compress, logs.zstd])
def test_a_bomb_is_refused(pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compression, "LEAST_CHECKED_BYTES", 1 << 20)
    bomb = pack(HEAD + b'\n{"Event":"Other","a":"' + b"x" * (20 << 20))

    with pytest.raises(UnreadableLogError, match="300 times its size"):
        read_log(logs.log_of(bomb))


class Failing(io.BytesIO):
    """A disk, or a network, that gives the beginning and no more."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 1000:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(min(512, size or 512))


def test_a_disk_that_fails_is_no_damage_of_the_log():
    log = EventLog("log", (Entry("", "log", 0, lambda: Failing(WHOLE)),))

    with pytest.raises(LogUnavailableError, match="cannot be read now"):
        read_log(log)
    row = row_of_log(1, log)
    assert isinstance(row, Bad)
    assert "cannot be read now" in row.reason


RUN = logs.run(logs.job_start(), *logs.stage(), logs.job_end())


def test_a_rolling_log_is_read_in_the_order_of_its_numbers(tmp_path: Path):
    parts = {f"events_{each}_application_1": RUN[each - 1 : each] for each in range(1, len(RUN))}
    parts[f"events_{len(RUN)}_application_1"] = RUN[len(RUN) - 1 :]
    folder = logs.write_rolling(tmp_path / "eventlog_v2_application_1", parts)

    (log,) = logs_in_folder(folder)

    assert len(log.parts) == len(RUN) > 10
    assert read_log(log) == read_log(logs.log_of(WHOLE))


def test_a_rolling_log_that_lacks_a_part_is_refused(tmp_path: Path):
    folder = logs.write_rolling(
        tmp_path / "eventlog_v2_application_1",
        {"events_1_application_1": RUN[:5], "events_3_application_1": RUN[5:]},
    )
    (log,) = logs_in_folder(folder)

    with pytest.raises(EventLogError, match="lacks its part 2"):
        read_log(log)


def test_of_a_compacted_log_only_what_it_still_tells_is_recorded(tmp_path: Path):
    folder = logs.write_rolling(
        tmp_path / "eventlog_v2_application_1",
        {
            "events_1_application_1": [{"Event": "SparkListenerTaskEnd", "Stage ID": "dropped"}],
            "events_2_application_1": [],
            "events_2_application_1.compact": RUN[:5],
            "events_3_application_1.compact.inprogress": RUN[:3],
            "events_3_application_1": [*logs.stage(7), logs.application_end()],
        },
    )
    (log,) = logs_in_folder(folder)

    record = read_log(log)

    assert (record.runtime_seconds, record.cluster.nodes) == (10.0, 2)
    assert record.metrics is None
    assert record.stages == ()


def test_a_compacted_log_of_executors_that_came_and_went_needs_to_be_told_the_nodes(tmp_path: Path):
    dynamic = logs.run(**{"spark.dynamicAllocation.enabled": "true"})
    folder = logs.write_rolling(
        tmp_path / "eventlog_v2_application_1", {"events_4_application_1.compact": dynamic}
    )
    (log,) = logs_in_folder(folder)

    with pytest.raises(EventLogError, match="executors come and go"):
        read_log(log)


def test_a_folder_is_taken_apart_and_what_is_no_log_is_passed_over(tmp_path: Path):
    (tmp_path / "application_1.lz4").write_bytes(logs.lz4(WHOLE))
    (tmp_path / "application_2.inprogress").write_bytes(WHOLE[:-60])
    (tmp_path / ".application_1.lz4.crc").write_bytes(b"crc")
    (tmp_path / "notes.txt").write_text("nothing\n")
    (tmp_path / "other").mkdir()
    logs.write_rolling(tmp_path / "eventlog_v2_application_3", {"events_1_application_3": RUN})

    found = {log.name: log.in_progress for log in logs_in_folder(tmp_path)}

    assert found == {
        "application_1.lz4": False,
        "application_2.inprogress": True,
        "eventlog_v2_application_3": False,
    }


def test_a_zip_of_the_history_server_gives_the_record_of_each_log_in_it():
    packed = logs.zipped(
        {
            "application_1.zstd": logs.zstd(WHOLE),
            "eventlog_v2_application_2/appstatus_application_2": b"",
            "eventlog_v2_application_2/events_1_application_2": logs.text(RUN[:4]),
            "eventlog_v2_application_2/events_2_application_2": logs.text(RUN[4:]),
            "readme.txt": b"nothing",
        }
    )

    rows = list(read_any(packed, name="logs.zip"))

    assert [row.row for row in rows] == [1, 2]
    expected = read_log(logs.log_of(WHOLE))
    assert [row.record for row in rows if isinstance(row, Good)] == [expected, expected]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (logs.zipped({"readme.txt": b"nothing"}), "no event log in"),
        (b"PK\x03\x04 and nothing more", "is no ZIP"),
    ],
)
def test_a_zip_without_logs_is_refused(data: bytes, reason: str):
    with pytest.raises(EventLogError, match=reason):
        list(read_any(data, name="logs.zip"))


def test_a_part_of_a_rolling_log_says_that_it_is_one():
    (bad,) = read_any(logs.text(RUN[3:]), name="events_2_application_1")

    assert isinstance(bad, Bad)
    assert "folder (eventlog_v2_" in bad.reason


@given(data=st.binary(max_size=400))
def test_whatever_follows_a_first_event_ends_in_a_row(data: bytes):
    (row,) = read_any(HEAD + b"\n" + data, Kind.SPARK)

    assert isinstance(row, Good | Bad)
