"""What is learned beforehand is what a prediction would have learned, here and on Spark."""

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.model import learned
from ledger.model.learned import Kept
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.shelf import Shelf
from ledger.model.training import on_this_machine
from ledger.model.training import shelve
from tests.capture.spark_events.spark import SECONDS
from tests.capture.spark_events.spark import environment
from tests.cli.command import ENVIRONMENT
from tests.cli.command import succeed

from .exports import export
from .runs import GIGABYTE
from .runs import grid

ROOT = Path(__file__).parents[2]
QUERY = Query("sort", nodes=10, size_bytes=30 * GIGABYTE, machine_type="m5.xlarge")


def runs(job="sort"):
    return [
        *grid(noise=0.1, job=job),
        *grid(noise=0.1, job=job, machine_type="c5.xlarge", parameters={"k": 3, "codec": "lz4"}),
    ]


def answers(kept=None):
    """Models and seconds; the latter to the digits that every library agrees on."""
    found = [predict(runs(), query, kept=kept) for query in QUERIES]
    return [(each.model, each.cids, round(each.runtime_seconds, 6)) for each in found]


QUERIES = (
    QUERY,
    Query(
        "sort",
        nodes=3,
        size_bytes=20 * GIGABYTE,
        machine_type="c5.xlarge",
        parameters={"codec": "lz4", "k": 3},
    ),
)


def test_predictions_rest_on_what_was_learned_beforehand(tmp_path, monkeypatch):
    expected = answers()
    path = export(tmp_path / "all.parquet", [*runs(), *runs("grep")])

    count = shelve(on_this_machine([path]), Shelf(tmp_path / "models"))

    assert set(count) == {"sort", "grep"}
    monkeypatch.setattr(learned, "judge", None)
    assert answers(Kept(Shelf(tmp_path / "models"))) == expected


@pytest.mark.slow
def test_spark_learns_the_same(tmp_path, new_home, monkeypatch):
    (tmp_path / "export").mkdir()
    export(tmp_path / "export" / "a.parquet", runs())
    export(tmp_path / "export" / "b.parquet", runs("grep"))
    expected = answers()
    given = environment()

    done = subprocess.run(
        [
            *(sys.executable, "-m", "ledger.cli", "--home", str(new_home), "train", "--json"),
            *("--spark", "local[2]", str(tmp_path / "export")),
        ],
        env=given | ENVIRONMENT | {"PYTHONPATH": f"{given['PYTHONPATH']}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    monkeypatch.setattr(learned, "judge", None)
    assert answers(Kept(Shelf(new_home / "models"))) == expected


def test_the_command_says_what_it_learned(tmp_path, new_home):
    path = export(tmp_path / "all.parquet", runs())

    assert set(succeed(new_home, "train", "--json", str(path)).json["models"]) == {"sort"}
