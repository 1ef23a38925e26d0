"""Runs out of the Parquet export are those that records give."""

from dataclasses import replace

import pytest

from ledger.model.basis import basis_of
from ledger.model.columns import runs_of
from ledger.model.export import runs_of_table
from ledger.model.export import table_of
from ledger.model.observation import Query

from .exports import export
from .runs import GIGABYTE
from .runs import grid
from .runs import observation

QUERY = Query("sort", nodes=10, size_bytes=30 * GIGABYTE, machine_type="m5.xlarge")


def runs():
    """Of every kind: with and without parameters, sizes and cores; failed and rejected ones."""
    several = [
        *grid(cores=4, parameters={"k": 3, "codec": "lz4", "workers": 2}),
        *grid(machine_type="c5.xlarge", parameters={"k": 2.5, "fast": True}),
        *grid(characteristics={"skew": 0.1}),
        observation(3, None, 5.0, machine_type=None),
        observation(status="failed"),
        observation(weight=0),
    ]
    return [replace(each, cid=f"{number:03}") for number, each in enumerate(several)]


@pytest.fixture
def gathered(tmp_path):
    return runs_of_table(table_of([export(tmp_path / "all.parquet", runs()[::-1])]))


def test_an_export_gives_the_runs_that_its_records_give(gathered):
    expected = runs_of(runs())

    assert gathered.cids.tolist() == expected.cids.tolist()
    assert list(gathered.properties) == list(expected.properties)
    for name, column in expected.properties.items():
        assert gathered.properties[name].numbers.tolist() == pytest.approx(
            column.numbers.tolist(), nan_ok=True
        )
    assert gathered.configurations == expected.configurations


@pytest.mark.parametrize(
    "query",
    [
        QUERY,
        replace(QUERY, machine_type="c5.xlarge", parameters={"fast": True}),
        replace(QUERY, parameters={"k": 7, "codec": "lz4"}),
        replace(QUERY, machine_type="new", cores_per_node=8),
        replace(QUERY, characteristics={"skew": 1}),
        replace(QUERY, size_bytes=None, machine_type=None),
    ],
)
def test_a_question_rests_on_the_same_runs_either_way(gathered, query):
    assert basis_of(gathered, query).digest == basis_of(runs_of(runs()), query).digest


def test_records_that_were_not_accepted_count_less_where_they_are_asked_for(tmp_path):
    unjudged = observation(weight=0.5, cid="unjudged")
    path = export(tmp_path / "all.parquet", [*runs(), unjudged])
    expected = runs_of([*runs(), unjudged])

    every = runs_of_table(table_of([path], accepted_only=False))

    assert every.cids.tolist() == expected.cids.tolist()
    assert every.weight.tolist() == expected.weight.tolist()
    assert "unjudged" not in runs_of_table(table_of([path])).cids


def test_a_folder_of_files_is_one_export(tmp_path):
    export(tmp_path / "a.parquet", runs()[:20])
    export(tmp_path / "b.parquet", runs()[20:])

    assert len(runs_of_table(table_of([tmp_path]))) == len(runs_of(runs()))
