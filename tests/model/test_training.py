"""What is learned beforehand is what a prediction would have learned, here and on Spark."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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
from tests.cli.command import perfledger
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


def train_on_spark(home, path):
    given = environment()
    return subprocess.run(
        [
            *(sys.executable, "-m", "ledger.cli", "--home", str(home), "train", "--json"),
            *("--spark", "local[2]", str(path)),
        ],
        env=given | ENVIRONMENT | {"PYTHONPATH": f"{given['PYTHONPATH']}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.long
def test_spark_learns_the_same(tmp_path, new_home, monkeypatch):
    (tmp_path / "export").mkdir()
    export(tmp_path / "export" / "a.parquet", runs())
    export(tmp_path / "export" / "b.parquet", runs("grep"))
    expected = answers()

    done = train_on_spark(new_home, tmp_path / "export")

    assert done.returncode == 0, done.stderr[-3000:]
    monkeypatch.setattr(learned, "judge", None)
    assert answers(Kept(Shelf(new_home / "models"))) == expected


@pytest.mark.slow
def test_spark_is_told_what_is_no_export(tmp_path, new_home):
    pq.write_table(pa.table({"job": ["sort"]}), tmp_path / "other.parquet")

    done = train_on_spark(new_home, tmp_path / "other.parquet")

    assert done.returncode == 65, done.stderr[-3000:]
    assert "error: this is no Parquet export of a ledger: it has no column cid, " in done.stderr
    assert "Traceback" not in done.stderr


def other_columns(path):
    pq.write_table(pa.table({"job": ["sort"]}), path)


def cut_short(path):
    export(path, runs())
    path.write_bytes(path.read_bytes()[:-100])


def text(path):
    path.write_text("job,runtime_s\nsort,3\n")


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (other_columns, "it has no column cid, framework"),
        (cut_short, "magic bytes"),
        (text, "magic bytes"),
        (Path.mkdir, "there is no file that ends in .parquet"),
    ],
)
def test_what_is_no_export_is_told(tmp_path, new_home, write, problem):
    write(tmp_path / "given.parquet")

    refused = perfledger(new_home, "train", str(tmp_path / "given.parquet"))

    assert refused.code == 65
    assert "error: this is no Parquet export of a ledger:" in refused.err
    assert problem in refused.err
    assert "perfledger export --format parquet" in refused.err


def test_the_command_says_what_it_learned(tmp_path, new_home):
    path = export(tmp_path / "all.parquet", runs())

    assert set(succeed(new_home, "train", "--json", str(path)).json["models"]) == {"sort"}
