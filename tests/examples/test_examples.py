"""The examples run as they stand, on the runs that come with the package."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ledger.capture.rows import Good
from ledger.capture.tables import read_table
from ledger.demo import EXAMPLE_RUNS
from ledger.record.schema import Record
from tests.capture.spark_events.spark import environment
from tests.cli.command import perfledger
from tests.cli.command import succeed

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NOTEBOOK = json.loads((EXAMPLES / "spark_to_recommendation.ipynb").read_text())
SECONDS = 240


@pytest.fixture(scope="module")
def runs() -> list[Record]:
    rows = list(read_table(EXAMPLE_RUNS))
    assert all(isinstance(row, Good) for row in rows)
    return [row.record for row in rows if isinstance(row, Good)]


@pytest.fixture
def taught(tmp_path: Path) -> Path:
    """A ledger that learned from what comes with the package; it takes seconds to make."""
    home = tmp_path / "home"
    succeed(home, "init")
    succeed(home, "import", "--example")
    succeed(home, "contribute")
    succeed(home, "validator", "run", "--once")
    return home


def with_spark() -> dict[str, str]:
    given = environment()
    return {**given, "PYTHONPATH": f"{ROOT}:{given['PYTHONPATH']}"}


def execute(program: list[str], given: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *program],
        env=given,
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_runs_are_of_real_applications_at_every_configuration(runs: list[Record]):
    repeats = Counter(
        (run.job.name, run.cluster.machine_type, run.input.size_bytes) for run in runs
    )

    assert {job for job, _, _ in repeats} == {"sort", "grep", "kmeans"}
    assert {machine for _, machine, _ in repeats} == {"one-core", "two-cores"}
    assert len(repeats) == 3 * 4 * 2
    assert min(repeats.values()) >= 2
    assert all(run.status == "succeeded" and run.stages for run in runs)
    applications = {(run.origin.application_id, run.origin.sha256) for run in runs}
    assert len(applications) == len(runs)


def test_they_say_nothing_of_the_machine_they_were_made_on():
    text = EXAMPLE_RUNS.read_text()

    assert not re.search(r"/(tmp|home|root|work|Users)/|127\.0\.0\.1|@", text)


def test_validators_accept_them_and_they_foretell_a_size_that_is_not_among_them(
    taught: Path, runs: list[Record]
):
    listed = succeed(taught, "list", "--status", "accepted", "--json").json

    assert listed["total"] == len(runs)
    for job in ("sort", "grep", "kmeans"):
        assert_foretells(taught, job, runs)


def assert_foretells(taught: Path, job: str, runs: list[Record]) -> None:
    sizes = sorted({run.input.size_bytes for run in runs if run.job.name == job})
    between = (sizes[1] + sizes[2]) // 2
    parameters = next(run.job.parameters for run in runs if run.job.name == job)
    given = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]

    asked = ["--job", job, "--input-bytes", str(between), *given, "--json"]
    found = succeed(taught, "predict", *asked, "--machine-type", "two-cores").json

    assert 0 < found["lower_seconds"] <= found["runtime_seconds"] <= found["upper_seconds"]
    assert found["records"] >= 8


def test_import_wants_to_know_what(tmp_path: Path):
    outcome = perfledger(tmp_path, "import")

    assert outcome.code == 2
    assert "--example" in outcome.err


def test_the_notebook_is_one_and_keeps_no_outputs():
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    for cell in NOTEBOOK["cells"]:
        assert cell["id"]
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


def cells() -> str:
    """The code of the notebook as one program."""
    return "\n".join(
        "".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"
    )


@pytest.mark.long
@pytest.mark.slow
def test_the_notebook_runs_from_its_first_cell_to_its_last():
    out = execute(["-c", cells()], with_spark())

    assert re.search(r"take (one-core|two-cores)", out)
    assert re.search(r"measured [\d.]+ s, foretold [\d.]+ s", out)


@pytest.mark.slow
def test_the_script_goes_from_a_spark_job_to_a_recommendation():
    out = execute(["spark_to_recommendation.py"], with_spark())

    assert "1 new records, 0 known already, 0 bad rows" in out
    assert re.search(r"1 x (one-core|two-cores)", out.partition("perfledger recommend")[2])
