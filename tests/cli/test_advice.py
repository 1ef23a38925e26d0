"""`predict` and `recommend`: answers from accepted records, for people and for programs."""

import shutil
from pathlib import Path

import pytest

from ledger.record import codec
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records

SORT = ("--job", "sort", "--input-bytes", "30GB")
GIGABYTE = 10**9


def run(nodes, gigabytes, machine_type, factor, job="sort"):
    seconds = 5 + factor * 20 * gigabytes / nodes + 2 * nodes
    made = {
        "job": {"name": job, "framework": {"name": "spark"}},
        "cluster": {
            "nodes": nodes,
            "machine_type": machine_type,
            "cores_per_node": 8,
            "memory_bytes_per_node": 32 * GIGABYTE,
        },
        "input": {"size_bytes": gigabytes * GIGABYTE},
        "runtime_seconds": seconds,
        "status": "succeeded",
        "origin": {
            "kind": "command",
            "argv": [job],
            "run_id": f"{job}-{machine_type}-{nodes}-{gigabytes}",
        },
    }
    return codec.from_python(made)


@pytest.fixture(scope="module")
def home(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs on two machine types: of one they are accepted, of the other nobody has judged them."""
    folder = tmp_path_factory.mktemp("advice")
    home = Path(shutil.copytree(founded, folder / "home"))
    for name, factor in (("fast", 1.0), ("slow", 2.0)):
        runs = [run(n, s, name, factor) for n in (2, 4, 8) for s in (10, 20, 40)]
        succeed(home, "contribute", write_records(folder / f"{name}.jsonl", runs))
        if name == "fast":
            succeed(home, "validator", "run", "--once")
    return home


def test_a_prediction_tells_its_model_its_error_and_its_records(home: Path):
    told = succeed(home, "predict", *SORT, "--nodes", "4", "--machine-type", "fast").out
    found = succeed(home, "predict", *SORT, "--nodes", "4", "--machine-type", "fast", "--json").json

    assert "error" in told
    assert "9 records (9 accepted) of 9 configurations" in told
    assert found["runtime_seconds"] == pytest.approx(5 + 20 * 30 / 4 + 8, rel=0.05)
    assert found["standing"] == {"accepted": 9}
    assert len(found["cids"]) == 9


def test_the_interval_has_the_level_that_was_asked(home: Path):
    ask = ("predict", *SORT, "--nodes", "4", "--machine-type", "fast", "--json", "--level")
    narrow, wide = (succeed(home, *ask, level).json for level in ("0.3", "0.8"))

    assert narrow["level"] == 0.3
    assert narrow["upper_seconds"] <= wide["upper_seconds"]


def test_what_is_not_accepted_counts_only_where_it_is_asked_for(home: Path):
    ask = ("predict", *SORT, "--nodes", "4", "--machine-type", "slow")
    refused = perfledger(home, *ask)
    found = succeed(home, *ask, "--only", "any", "--json").json

    assert refused.code != 0
    assert "too few records" in refused.err
    assert set(found["standing"]) == {"anchored"}


def test_a_machine_type_that_only_another_job_ran_on_is_answered_for(home: Path, tmp_path: Path):
    copied = Path(shutil.copytree(home, tmp_path / "home"))
    runs = [
        run(n, s, name, factor, job="grep")
        for name, factor in (("fast", 0.5), ("other", 0.8))
        for n in (2, 4, 8)
        for s in (10, 20)
    ]
    succeed(copied, "contribute", write_records(tmp_path / "grep.jsonl", runs))
    succeed(copied, "validator", "run", "--once")

    ask = ("predict", *SORT, "--nodes", "4", "--machine-type")
    found = succeed(copied, *ask, "other", "--json").json
    chosen = succeed(copied, "recommend", *SORT, "--machine-type", "other", "--json").json
    refused = perfledger(copied, *ask, "unheard-of")
    by_cores = succeed(copied, *ask, "unheard-of", "--cores", "8", "--json").json

    assert found["standing"] == {"accepted": 9 + 9 + 12}
    assert any("grep took 1." in note for note in found["notes"])
    assert {each["cores_per_node"] for each in chosen["options"]} == {8}
    assert "--cores" in refused.err
    assert by_cores["runtime_seconds"] < found["runtime_seconds"]


def test_whoever_will_run_it_is_named_by_an_address(home: Path):
    ask = ("predict", *SORT, "--nodes", "4", "--machine-type", "fast", "--contributor")

    wrong = perfledger(home, *ask, "me")
    stranger = succeed(home, *ask, "0x" + "1" * 40).out

    assert "not an Ethereum address" in wrong.err
    assert "ran it too few times on fast" in stranger


def test_the_cheapest_cluster_by_a_deadline_is_recommended(home: Path):
    told = succeed(home, "recommend", *SORT, "--deadline", "3min", "--confidence", "0.8").out
    found = succeed(
        home, "recommend", *SORT, "--deadline", "3min", "--confidence", "0.8", "--json"
    ).json

    choice = found["choice"]
    assert told.startswith(f"{choice['nodes']} x fast")
    assert choice["sure_seconds"] <= 180
    assert found["unit"] == "core-hours"
    cheaper = [each for each in found["options"] if each["cost"] < choice["cost"]]
    assert not any(each["keeps"] for each in cheaper)
    assert f"spark-submit --name sort --num-executors {choice['nodes']} --executor-cores 8" in told


def test_prices_make_costs_dollars_and_a_budget_chooses_the_fastest(home: Path):
    found = succeed(
        home, "recommend", *SORT, "--price", "fast=0.5", "--budget", "0.5", "--confidence", "0.8",
        "--json",
    ).json  # fmt: skip

    assert found["unit"] == "USD"
    keeping = [each for each in found["options"] if each["keeps"]]
    assert found["choice"] == min(keeping, key=lambda each: each["runtime"]["runtime_seconds"])


def test_it_says_what_to_run_next(home: Path):
    told = succeed(home, "recommend", *SORT, "--next", "2").out
    found = succeed(home, "recommend", *SORT, "--next", "2", "--json").json

    assert "to know better, run next:" in told
    assert len(found["trials"]) == 2
    assert all(each["bits"] > 0 for each in found["trials"])


def test_a_deadline_that_nothing_keeps_is_an_exit_code_of_its_own(home: Path):
    outcome = perfledger(home, "recommend", *SORT, "--deadline", "1s")

    assert outcome.code == 3
    assert outcome.out.startswith("no cluster keeps that with 90%; nearest is")


def test_clusters_can_be_named(home: Path):
    found = succeed(home, "recommend", *SORT, "--nodes", "3,5-6", "--json").json

    assert [each["nodes"] for each in sorted(found["options"], key=lambda o: o["nodes"])] == [
        3,
        5,
        6,
    ]


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--nodes", "8-2", "no number of nodes"),
        ("--nodes", "many", "no number of nodes"),
        ("--price", "0.40", "is not a price"),
        ("--price", "fast=cheap", "is no price"),
        ("--deadline", "soon", "not a quantity of seconds"),
        ("--budget", "-1", "cannot be kept"),
        ("--confidence", "1.5", "out of range"),
        ("--input-bytes", "3min", "not a quantity of bytes"),
    ],
)
def test_what_cannot_be_understood_is_named_with_what_to_write(home, option, value, says):
    outcome = perfledger(home, "recommend", *SORT, option, value)

    assert outcome.code not in {0, 3}
    assert says in outcome.err
