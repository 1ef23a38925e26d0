import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.capture.records import records_from_json
from ledger.capture.rows import Bad
from ledger.capture.tables import read_any

from .tables import records
from .tables import split

RECORD = {
    "version": 1,
    "job": {"name": "sort", "framework": {"name": "spark"}},
    "cluster": {"nodes": 2},
    "runtime_seconds": 1.5,
    "status": "succeeded",
    "origin": {"kind": "form", "note": "by hand"},
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(RECORD),
        json.dumps(RECORD, indent=2),
        json.dumps([RECORD]),
        "\ufeff\n" + json.dumps(RECORD) + "\n\n",
        json.dumps(RECORD).encode(),
    ],
    ids=["object", "indented object", "array", "byte order mark", "bytes"],
)
def test_one_record_in_any_form(text):
    assert [record.model_dump() for record in records(records_from_json(text))] == [RECORD]


def test_jsonl_and_lines_report_faults_by_line():
    text = f"{json.dumps(RECORD)}\n\nnot json\n{json.dumps({**RECORD, 'speed': 1})}\n"

    for source in (text, text.splitlines(keepends=True)):
        good, bad = split(records_from_json(source))
        assert [(row.row, row.line) for row in good] == [(1, 1)]
        assert [(row.row, row.line, row.column) for row in bad] == [(2, 3, None), (3, 4, "speed")]
        assert "unknown field" in bad[1].reason


def test_an_array_reports_faults_by_position():
    good, bad = split(records_from_json(json.dumps([{**RECORD, "runtime_seconds": -1}, RECORD, 3])))

    assert [row.row for row in good] == [2]
    assert [(row.row, row.column) for row in bad] == [(1, "runtime_seconds"), (3, None)]


def test_a_record_without_origin_was_entered_in_a_form():
    bare = {key: value for key, value in RECORD.items() if key != "origin"}

    assert records(records_from_json(json.dumps(bare)))[0].origin.kind == "form"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' * 30 + "1" + "}" * 30, "nested too deeply"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": 1, "a": 2}', "a key stands twice"),
        (b"\xff", "not valid UTF-8"),
        ("", "not JSON"),
        ("9" * 10_000, "a number of more than"),
    ],
    ids=["very deep", "deep", "NaN", "double key", "encoding", "empty", "huge number"],
)
def test_hostile_text_is_one_bad_row(text, reason):
    (bad,) = records_from_json(text)

    assert isinstance(bad, Bad)
    assert reason in bad.reason


def test_brackets_inside_strings_are_not_nesting():
    note = "[" * 50 + '\\"{' * 50
    record = {**RECORD, "origin": {"kind": "form", "note": note}}

    assert records(records_from_json(json.dumps(record)))[0].origin.note == note


def test_deep_nesting_does_not_end_a_process_that_runs_a_chain():
    program = (
        "import eth\n"  # raises the recursion limit
        "from ledger.capture.records import records_from_json\n"
        "print(*records_from_json('[' * 100_000))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, "nested too deeply" in ended.stdout) == (0, True)


def test_an_upload_of_records_needs_no_map():
    assert records(read_any(f"{json.dumps(RECORD)}\n{json.dumps(RECORD)}\n"))[1].job.name == "sort"


@given(st.text() | st.binary())
def test_any_text_gives_rows_and_never_fails(text):
    assert all(isinstance(row, Bad) for row in records_from_json(text))
