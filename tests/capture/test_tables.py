import gzip
import json
from pathlib import Path

import pytest

from ledger.capture.mapping import load_mapping
from ledger.capture.mapping import preset
from ledger.capture.rows import Bad
from ledger.capture.rows import TableError
from ledger.capture.source import MAX_LINE_BYTES
from ledger.capture.tables import Kind
from ledger.capture.tables import read_any
from ledger.capture.tables import read_table
from ledger.errors import NotFoundError
from ledger.record import codec
from ledger.record.schema import Status

from .tables import SORT
from .tables import minimal
from .tables import records
from .tables import split

ROOT = Path(__file__).parents[2]
C3O = ROOT.parent / "shared" / "data" / "c3o"


@pytest.fixture
def sort_tsv(tmp_path):
    path = tmp_path / "sort.tsv"
    path.write_text(SORT)
    return path


def test_the_preset_reads_a_c3o_table(sort_tsv):
    first, second, third = records(read_table(sort_tsv, preset("c3o")))

    assert first.job.name == "sort"
    assert first.job.framework.name == "spark"
    assert first.cluster.model_dump() == {
        "nodes": 2,
        "machine_type": "c4.2xlarge",
        "cores_per_node": 8,
        "memory_bytes_per_node": 15_000_000_000,
        "provider": "aws",
    }
    assert first.input.size_bytes == 9_530_000_000
    assert first.input.characteristics == {"lines": 10_000_000, "line_length": 1000}
    assert [first.runtime_seconds, second.runtime_seconds] == [340, 348]
    assert (third.cluster.nodes, third.runtime_seconds) == (4, 201.5)


def test_repeats_are_records_of_their_own_and_the_same_file_gives_the_same_records(sort_tsv):
    first = [codec.cid_of(record) for record in records(read_table(sort_tsv, preset("c3o")))]
    again = [codec.cid_of(record) for record in records(read_table(sort_tsv, preset("c3o")))]

    assert len(set(first)) == 3
    assert again == first


def test_a_record_names_its_row_and_the_file(sort_tsv):
    origin = records(read_table(sort_tsv, preset("c3o")))[1].origin

    assert (origin.kind, origin.name, origin.row) == ("file", "sort.tsv", 2)


@pytest.mark.skipif(not C3O.is_dir(), reason="needs ../shared/data/c3o beside the repository")
def test_the_published_c3o_tables_are_4650_records():
    cids = {
        codec.cid_of(record)
        for path in C3O.glob("*.tsv")
        for record in records(read_table(path, preset("c3o")))
    }

    assert len(cids) == 4650


def test_a_renamed_table_is_recognised_by_its_columns(sort_tsv):
    renamed = sort_tsv.rename(sort_tsv.with_name("upload.tsv"))

    assert records(read_table(renamed, preset("c3o")))[0].job.name == "sort"


@pytest.mark.parametrize("name", ["results.csv.gz", "results.csv"])
def test_gzip_is_recognised_by_its_content(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"nodes,runtime\n2,1.5\n"))

    record = records(read_table(path, minimal({"job.name": {"file_name": True}})))[0]

    assert (record.job.name, record.runtime_seconds) == ("results", 1.5)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter):
    text = f"nodes{delimiter}runtime\n2{delimiter}1.5\n"

    assert records(read_any(text, mapping=minimal()))[0].runtime_seconds == 1.5


def test_a_byte_order_mark_blank_lines_and_crlf_do_no_harm():
    text = b"\xef\xbb\xbfnodes,runtime\r\n\r\n2,1\r\n\r\n3,2\r\n"

    good, bad = split(read_any(text, mapping=minimal()))

    assert not bad
    assert [(row.row, row.line, row.record.cluster.nodes) for row in good] == [(1, 3, 2), (2, 5, 3)]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("x,1", "nodes", "not a number: 'x'"),
        ("2.5,1", "nodes", "not a whole number"),
        ("0,1", "nodes", "greater than or equal to 1"),
        (",1", "nodes", "no value for cluster.nodes"),
        ("2,", "runtime", "no value for runtime_seconds"),
        ("2,-1", "runtime", "greater than or equal to 0"),
        ("2,1e999", "runtime", "not a number"),
        ("2,inf", "runtime", "not a number"),
        ("2,1_0", "runtime", "not a number"),
        ("99999999999999999999,1", "nodes", "too large"),
        ("2", None, "1 fields where the first line has 2"),
        ("2,1,", None, "3 fields where the first line has 2"),
        ('"2,1', None, "a quote is opened and not closed"),
        ('"2"x,1', None, "wrongly quoted"),
    ],
)
def test_a_bad_row_is_named_and_the_others_go_in(row, column, reason):
    good, (bad,) = split(read_any(f"nodes,runtime\n1,1\n{row}\n3,3\n4,4\n", mapping=minimal()))

    assert [item.row for item in good] == [1, 3, 4]
    assert (bad.row, bad.line, bad.column) == (2, 3, column)
    assert reason in bad.reason


def test_bytes_that_are_not_utf8_are_reported_with_their_line():
    good, (bad,) = split(read_any(b"nodes,runtime\n1,1\n\xff,2\n3,3\n", mapping=minimal()))

    assert len(good) == 2
    assert bad.line == 3
    assert "0xff" in bad.reason


def test_another_encoding_is_set_in_the_map():
    mapping = minimal({"job.name": "job"}, format={"encoding": "latin-1"})

    record = records(read_any(b"job,nodes,runtime\nk\xe4se,1,1\n", mapping=mapping))[0]

    assert record.job.name == "käse"


def test_a_line_without_end_is_cut_and_the_others_go_in():
    text = b"nodes,runtime\n" + b"1" * (3 * MAX_LINE_BYTES) + b"\n3,3\n"

    good, (bad,) = split(read_any(text, mapping=minimal()))

    assert (good[0].row, good[0].line) == (2, 3)
    assert (bad.line, "longer than" in bad.reason) == (2, True)


def test_damaged_gzip_is_reported_after_the_rows_before_it():
    rows = "".join(f"{n},{n * 7919 % 1009}\n" for n in range(1, 20_000))
    data = gzip.compress(f"nodes,runtime\n{rows}".encode())

    good, bad = split(read_any(data[: len(data) // 2], mapping=minimal()))

    assert len(good) > 100
    assert "compressed data" in bad[-1].reason


def test_quoted_fields_may_hold_delimiters_quotes_and_line_feeds():
    mapping = minimal({"job.parameters.note": {"column": "note", "type": "text"}})
    text = 'nodes,note,runtime\n1,"a, ""b""\nc",1\n2,x,2\n'

    good, bad = split(read_any(text, mapping=mapping))

    assert not bad
    assert [row.record.job.parameters["note"] for row in good] == ['a, "b"\nc', "x"]
    assert [row.line for row in good] == [2, 4]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("nodes", "no column 'runtime'"),
        ("nodes,runtime,other", "does not know the column 'other'"),
        ("nodes,nodes,runtime", "several columns have the name 'nodes'"),
        (",".join(["nodes", "runtime", *map(str, range(600))]), "more than 512 columns"),
    ],
)
def test_a_table_that_does_not_fit_the_map_is_refused_as_a_whole(header, message):
    with pytest.raises(TableError, match=message):
        read_any(header + "\n1,1\n", Kind.CSV, minimal())


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_table_is_refused(text):
    with pytest.raises(TableError, match="empty"):
        read_any(text, mapping=minimal())


def test_unknown_columns_can_go_to_a_named_map_or_be_ignored():
    text = "nodes,runtime,spark.cores.max,note\n1,1,8,x\n"

    kept = records(read_any(text, mapping=minimal(unknown_columns="configuration")))[0]
    ignored = records(read_any(text, mapping=minimal(unknown_columns="ignore")))[0]

    assert kept.configuration == {"spark.cores.max": 8, "note": "x"}
    assert ignored.configuration == {}


def test_the_types_of_named_values():
    fields = {
        f"job.parameters.{kind}": {"column": kind, "type": kind}
        for kind in ("auto", "text", "integer", "number", "boolean")
    }
    text = "nodes,runtime,auto,text,integer,number,boolean\n1,1,{},3.10,7,1e-3,yes\n"

    found = [
        records(read_any(text.format(cell), mapping=minimal(fields)))[0].job.parameters
        for cell in ("5", "0.5", "true", "3.5.1", "")
    ]

    assert found[0] == {
        "auto": 5, "text": "3.10", "integer": 7, "number": 0.001, "boolean": True
    }  # fmt: skip
    assert [parameters.get("auto") for parameters in found] == [5, 0.5, True, "3.5.1", None]


def test_division_by_zero_is_a_bad_row():
    mapping = minimal({"cluster.cores_per_node": {"formula": "slots / nodes"}})

    good, (bad,) = split(read_any("nodes,slots,runtime\n0,8,1\n2,8,1\n", mapping=mapping))

    assert good[0].record.cluster.cores_per_node == 4
    assert (bad.column, "division by zero" in bad.reason) == ("nodes", True)


def test_jsonl_rows_are_flattened_and_may_differ_in_their_keys():
    mapping = minimal({"cluster.nodes": "c.nodes"}, unknown_columns="job.parameters")
    lines = [
        json.dumps({"c": {"nodes": 2}, "runtime": 1.5}),
        json.dumps({"c": {"nodes": 3}, "runtime": 2, "k": 4, "exact": True}),
        json.dumps({"runtime": 2}),
        "[1]",
        "{",
        json.dumps({"c": {"nodes": [3]}, "runtime": 2}),
    ]

    good, bad = split(read_any("\n".join(lines), Kind.JSONL, mapping))

    assert [row.record.cluster.nodes for row in good] == [2, 3]
    assert good[1].record.job.parameters == {"k": 4, "exact": True}
    assert [row.line for row in bad] == [3, 4, 5, 6]


def test_a_json_array_can_be_read_with_a_map(tmp_path):
    path = tmp_path / "runs.json"
    path.write_text(json.dumps([{"nodes": 2, "runtime": 1}, 5]))

    good, bad = split(read_table(path, minimal()))

    assert good[0].record.origin.name == "runs.json"
    assert bad == [Bad(2, 2, None, "not a JSON object")]


def test_progress_ends_at_the_size_of_the_file(sort_tsv):
    seen = []

    list(read_table(sort_tsv, preset("c3o"), progress=seen.append))

    assert seen[-1] == sort_tsv.stat().st_size


def test_reading_can_be_left_off_anywhere(sort_tsv):
    rows = read_table(sort_tsv, preset("c3o"))

    next(rows)
    rows.close()
    read_table(sort_tsv, preset("c3o"))


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(NotFoundError, match="absent"):
        read_table(tmp_path / "absent.csv", minimal())
    with pytest.raises(TableError, match="not a file"):
        read_table(tmp_path, minimal())


def test_the_documented_example_map_reads_both_of_its_tables(tmp_path):
    mapping = load_mapping(ROOT / "docs" / "example-map.toml")
    head = "version;input size;duration;nodes;type;slots;memory (GB);end"
    wordcount = tmp_path / "wordcount-day.csv"
    wordcount.write_text(f"{head};started\n1.19;2;1500;4;m5;32;64;ok;2024-05-01T10:00:00+02:00\n")
    kmeans = tmp_path / "kmeans.csv"
    kmeans.write_text(f"{head};k;seed;points\n1.19;2;1500;4;m5;32;64;oom;5;007;1000\n")

    first = records(read_table(wordcount, mapping))[0]
    second = records(read_table(kmeans, mapping))[0]

    assert first.job.name == "wordcount-day"
    assert first.job.framework.version == "1.19"
    assert first.input.size_bytes == 2 * 2**20
    assert first.runtime_seconds == 1.5
    assert first.cluster.cores_per_node == 8
    assert first.cluster.memory_bytes_per_node == 16 * 10**9
    assert first.model_dump()["started_at"] == "2024-05-01T08:00:00Z"
    assert first.configuration == {"taskmanager.numberOfTaskSlots": 8}
    assert second.status is Status.FAILED
    assert second.job.parameters == {"k": 5, "seed": "007"}
    assert second.input.characteristics == {"points": 1000}
