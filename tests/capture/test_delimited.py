"""A delimited table is read as it was written (RFC 4180)."""

import re

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from ledger.capture.delimited import split_rows
from ledger.capture.source import content_of_bytes
from ledger.capture.source import lines_of

CELLS = st.text(st.sampled_from('a",;|\t\n\r \x0b\x85\u2028'), max_size=4) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=4
)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=4)
)


def written(rows: list[list[str]], delimiter: str, end: str) -> str:
    """Every cell in quotes, so that it may hold anything."""
    return "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + end for row in rows
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", list(",;\t|"))
@given(rows=TABLES)
@example(rows=[["a", "\n"]])
@example(rows=[["\n"], ["\n\n"]])
@example(rows=[["", "\r\n"]])
def test_cells_in_quotes_come_back_with_line_feeds_at_the_ends_of_lines(
    delimiter: str, end: str, rows: list[list[str]]
):
    lines = lines_of(content_of_bytes(written(rows, delimiter, end)))

    found = [split.fields for split in split_rows(lines, delimiter)]

    assert found == [[re.sub(r"\r+\n", "\n", cell) for cell in row] for row in rows]
