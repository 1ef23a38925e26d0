"""The page of measurements takes the results."""

import pytest

from bench.markdown import rows_as_table
from bench.report import PAGE
from bench.report import fill

TABLES = ("replication", "bootstrap", "churn", "calibration", "simulation", "availability")


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_a_place_for_each_table(name: str):
    text = PAGE.read_text()

    filled = fill(text, name, "| a \\1 |")

    assert f"<!-- {name} -->\n| a \\1 |\n<!-- /{name} -->" in filled
    assert fill(filled, name, "| b |").count("| b |") == 1


def test_a_place_that_is_not_there_is_said():
    with pytest.raises(KeyError, match="nowhere"):
        fill(PAGE.read_text(), "nowhere", "")


def test_a_table_is_markdown():
    assert rows_as_table(("name", ">seconds"), [("a", "1.0")]) == (
        "| name | seconds |\n| --- | --: |\n| a | 1.0 |"
    )
