"""The columns of a table, with samples for whoever maps them."""

import json
from pathlib import Path

import pytest

from ledger.capture.beginning import beginning_of
from ledger.capture.guess import guess_columns
from ledger.capture.rows import TableError
from ledger.capture.tables import Kind


def written(folder: Path, text: str) -> Path:
    path = folder / "0"
    path.write_text(text)
    return path


def test_columns_come_with_their_first_values(tmp_path: Path):
    table = written(tmp_path, "a;b\n1;\n2;x\n3;y\n4;z\n5;w\n")

    found = beginning_of(table)

    assert found.kind is Kind.CSV
    assert [(each.name, each.samples) for each in found.columns] == [
        ("a", ("1", "2", "3")),
        ("b", ("x", "y", "z")),
    ]


def test_long_values_are_cut(tmp_path: Path):
    (column,) = beginning_of(written(tmp_path, "a\n" + "x" * 500 + "\n")).columns

    assert len(column.samples[0]) < 80


@pytest.mark.parametrize("form", ["array", "lines"])
def test_objects_have_the_columns_of_all_of_them(tmp_path: Path, form: str):
    objects = [{"a": 1, "b": {"c": "x"}}, {"d": None, "a": 2}]
    lines = "\n".join(map(json.dumps, objects))

    found = beginning_of(written(tmp_path, json.dumps(objects) if form == "array" else lines))

    assert [each.name for each in found.columns] == ["a", "b.c", "d"]
    assert found.columns[0].samples == ("1", "2")
    assert not found.always


@pytest.mark.parametrize("text", ["", "[1, 2]", "[]", "{"])
def test_what_has_no_columns_is_refused(tmp_path: Path, text: str):
    with pytest.raises(TableError):
        beginning_of(written(tmp_path, text))


def test_a_guess_is_made_for_each_column():
    guessed = guess_columns(["job", "nodes", "workers", "duration_ms", "zzz"])

    assert guessed == {
        "job": ("job.name", None),
        "nodes": ("cluster.nodes", None),
        "workers": (None, None),
        "duration_ms": ("runtime_seconds", "ms"),
        "zzz": (None, None),
    }
