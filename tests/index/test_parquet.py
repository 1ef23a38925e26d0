"""Parquet files of records, as readers of the format see them."""

import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow.parquet as pq
import pytest

from ledger.index import exporting
from ledger.index.exporting import as_parquet
from ledger.index.parquet import SCHEMA
from ledger.index.views import LedgerStatus
from ledger.index.views import RecordRow
from ledger.record import codec
from tests.index import ledgers


def row_of(number: int, **changes: Any) -> tuple[RecordRow, dict[str, Any]]:
    record = ledgers.record(number, **changes)
    return (
        RecordRow(
            cid=f"bafyrei{number}",
            job=record.job.name,
            framework=record.job.framework.name,
            algorithm=record.job.algorithm,
            machine_type=record.cluster.machine_type,
            provider=record.cluster.provider,
            nodes=record.cluster.nodes,
            input_bytes=record.input.size_bytes,
            runtime_seconds=record.runtime_seconds,
            outcome=record.status.value,
            status=LedgerStatus.ACCEPTED,
            contributor=None,
            started_at=record.started_at,
            batch_id="0x" + "ab" * 32,
            accepted=3,
            rejected=0,
            validators=3,
            quorum=2,
        ),
        record.model_dump(mode="json"),
    )


def read(pieces: Iterator[bytes]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(b"".join(pieces))).to_pylist()
    return rows


def test_a_record_is_whole_beside_its_columns():
    row, record = row_of(
        7,
        started_at="2026-03-01T09:00:00Z",
        job={
            "name": "sort",
            "framework": {"name": "spark", "version": "3.5.1"},
            "parameters": {"k": 5, "fast": True, "ratio": 0.5, "name": "5"},
        },
        metrics={"cpu_seconds": 12.5, "spilled_bytes": 2**40},
    )

    (line,) = read(as_parquet(iter([(row, record)])))

    assert codec.from_python(json.loads(line["record"])) == codec.from_python(record)
    assert line["started_at"].isoformat() == "2026-03-01T09:00:00+00:00"
    assert (line["cpu_seconds"], line["spilled_bytes"]) == (12.5, 2**40)
    assert line["parameters"] == [("k", "5"), ("fast", "true"), ("ratio", "0.5"), ("name", "5")]
    assert (line["status"], line["accepted"], line["framework_version"]) == ("accepted", 3, "3.5.1")


def test_what_a_record_does_not_say_is_null():
    row, record = row_of(1)

    (line,) = read(as_parquet(iter([(row, record)])))

    assert {line[name] for name in ("provider", "region", "cpu_seconds", "started_at")} == {None}


def test_no_records_make_a_file_with_the_same_columns():
    file = io.BytesIO(b"".join(as_parquet(iter([]))))

    assert pq.read_schema(file).equals(SCHEMA)
    assert pq.read_table(file).num_rows == 0


def test_it_is_written_while_it_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 10)
    taken = 0

    def rows() -> Iterator[tuple[RecordRow, dict[str, Any]]]:
        nonlocal taken
        for number in range(1, 101):
            taken += 1
            yield row_of(number)

    pieces = as_parquet(rows())
    first = next(pieces)

    assert taken == 10
    assert len(read(iter([first, *pieces]))) == 100


def test_a_file_that_broke_off_is_no_file():
    def rows() -> Iterator[tuple[RecordRow, dict[str, Any]]]:
        yield from islice((row_of(number) for number in range(1, 4)), 3)
        raise OSError("the disk is gone")

    pieces = []
    with pytest.raises(OSError, match="gone"):
        pieces.extend(as_parquet(rows()))

    with pytest.raises(Exception, match=r"(?i)parquet"):
        read(iter(pieces or [b"PAR1"]))
