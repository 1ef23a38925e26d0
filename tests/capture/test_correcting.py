"""One row of a file is written anew, and not a byte of the others."""

import gzip
from pathlib import Path

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from ledger.capture.correcting import RowChangedError
from ledger.capture.correcting import replace_row
from ledger.capture.correcting import written_rows
from ledger.capture.rows import Good
from ledger.capture.tables import read_file
from ledger.errors import InvalidInputError

HEAD = "job,framework,nodes,runtime_s\n"
TABLE = HEAD + "a,spark,2,10\nb,spark,x,11\n\nc,spark,4\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "0"
    path.write_text(TABLE)
    return path


def test_a_row_is_shown_as_it_is_written(table: Path):
    rows = written_rows(table, [3, 5])

    assert rows[3].text == "b,spark,x,11"
    assert rows[3].cells == {"job": "b", "framework": "spark", "nodes": "x", "runtime_s": "11"}
    assert rows[5].cells["runtime_s"] == ""


def test_a_row_is_corrected_and_the_others_stay(table: Path):
    mark = written_rows(table, [3])[3].mark

    replace_row(table, 3, ["b", "spark", "3", "11"], mark=mark)

    assert table.read_text() == TABLE.replace("b,spark,x,11", "b,spark,3,11")
    good = [row for row in read_file(table) if isinstance(row, Good)]
    assert [row.record.cluster.nodes for row in good] == [2, 3]


def test_a_row_of_several_lines_becomes_one(tmp_path: Path):
    table = tmp_path / "0"
    table.write_text(HEAD + '"a\nb",spark,x,1\nc,spark,2,2\n')
    shown = written_rows(table, [2])[2]

    replace_row(table, 2, ["ab", "spark", "1", "1"], mark=shown.mark)

    assert shown.text == '"a\nb",spark,x,1'
    assert table.read_text() == HEAD + "ab,spark,1,1\nc,spark,2,2\n"


def test_what_cannot_be_split_is_shown_whole(tmp_path: Path):
    table = tmp_path / "0"
    table.write_text(HEAD + '"a,spark,2,1\nb,spark,1,2,3\n')

    rows = written_rows(table, [2, 3])

    assert [(row.text, row.cells) for row in rows.values()] == [
        ('"a,spark,2,1', {}),
        ("b,spark,1,2,3", {}),
    ]


def test_a_line_of_jsonl_is_corrected_as_text(tmp_path: Path):
    lines = tmp_path / "0"
    lines.write_text('{"a": 1}\n{"a": \n')
    mark = written_rows(lines, [2])[2].mark

    replace_row(lines, 2, '{"a": 2}', mark=mark)

    assert lines.read_text() == '{"a": 1}\n{"a": 2}\n'


def test_a_compressed_file_is_plain_afterwards(tmp_path: Path):
    table = tmp_path / "0"
    table.write_bytes(gzip.compress(TABLE.encode()))
    mark = written_rows(table, [3])[3].mark

    replace_row(table, 3, ["b", "spark", "3", "11"], mark=mark)

    assert table.read_text() == TABLE.replace("b,spark,x,11", "b,spark,3,11")


def test_a_row_that_has_changed_meanwhile_is_left_alone(table: Path):
    mark = written_rows(table, [3])[3].mark
    replace_row(table, 3, ["b", "spark", "3", "11"], mark=mark)

    with pytest.raises(RowChangedError, match="line 3"):
        replace_row(table, 3, ["b", "spark", "9", "11"], mark=mark)
    with pytest.raises(RowChangedError):
        replace_row(table, 99, ["b"], mark=mark)

    assert "b,spark,3,11" in table.read_text()


def test_a_row_without_end_is_refused(table: Path):
    mark = written_rows(table, [3])[3].mark

    with pytest.raises(InvalidInputError):
        replace_row(table, 3, "x" * 200_000, mark=mark)

    assert table.read_text() == TABLE


@given(st.lists(st.text(max_size=12), min_size=4, max_size=4))
@example(["a", "b", "c", "\n"])
@example(["a", "b", "c", "d\r"])
def test_cells_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
):
    cells = [cell.encode("utf-8", "ignore").decode() for cell in cells]
    cells[0] = "x" + cells[0]  # or the row might be blank
    table = tmp_path_factory.mktemp("table") / "0"
    table.write_text(TABLE)
    mark = written_rows(table, [2])[2].mark

    replace_row(table, 2, cells, mark=mark)

    on_one_line = [" ".join(cell.splitlines()) for cell in cells]
    assert list(written_rows(table, [2])[2].cells.values()) == on_one_line
    assert table.read_text().count("\n") == TABLE.count("\n")
