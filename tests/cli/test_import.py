"""`import` takes good rows and reports each bad one."""

from pathlib import Path

import pytest

from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions


def test_records_are_imported_once(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:5])

    first = succeed(new_home, "import", file, "--json").json
    again = succeed(new_home, "import", file, "--json").json

    assert (first["new"], first["known"], first["bad"]) == (5, 0, [])
    assert (again["new"], again["known"]) == (0, 5)
    assert succeed(new_home, "list", "--json").json["total"] == 5


def test_the_result_is_told_in_words(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:2])

    outcome = succeed(new_home, "import", file)

    assert outcome.out.strip() == "2 new records, 0 known already, 0 bad rows"
    assert "perfledger contribute" in outcome.err


def test_a_bad_row_is_reported_and_the_others_go_in(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:3])
    good = file.read_text().splitlines()
    file.write_text("\n".join([good[0], '{"job": 3}', good[1], "not json", good[2]]) + "\n")

    told = perfledger(new_home, "import", file)
    listed = perfledger(new_home, "import", file, "--json")

    assert (told.code, listed.code) == (65, 65)
    assert "3 new records, 0 known already, 2 bad rows" in told.out
    assert "runs.jsonl" in told.err
    assert listed.json["known"] == 3
    assert [(bad["file"], bad["line"]) for bad in listed.json["bad"]] == [
        (str(file), 2),
        (str(file), 4),
    ]
    assert all(bad["reason"] for bad in listed.json["bad"])


MAP = """
[fields]
"job.name" = { constant = "sort" }
"job.framework.name" = { constant = "spark" }
"cluster.nodes" = "machines"
"cluster.machine_type" = "type"
"runtime_seconds" = { column = "minutes", unit = "min" }
"""
TABLE = "type\tmachines\tminutes\nm4.2xlarge\t4\t2\nm4.2xlarge\tmany\t3\nc4.2xlarge\t8\t1.5\n"


def test_a_map_says_what_columns_mean_and_a_bad_cell_is_reported_with_its_column(
    new_home: Path, tmp_path: Path
):
    table, mapping = tmp_path / "runs.tsv", tmp_path / "map.toml"
    table.write_text(TABLE)
    mapping.write_text(MAP)

    outcome = perfledger(new_home, "import", "--map", mapping, table, "--json")

    assert outcome.code == 65
    (bad,) = outcome.json["bad"]
    assert (bad["file"], bad["line"], bad["column"]) == (str(table), 3, "machines")
    assert "many" in bad["reason"]
    rows = succeed(new_home, "list", "--sort", "runtime_seconds", "--json").json["rows"]
    assert [(row["nodes"], row["runtime_seconds"]) for row in rows] == [(4, 120), (8, 90)]


C3O = """\
instance_count\tmachine_type\tslots\tmemory\tdata_size_MB\tline_length\tlines\tgross_runtime
2\tc4.2xlarge\t16\t30000\t9530\t1000\t10000000\t340
2\tc4.2xlarge\t16\t30000\t9530\t1000\t10000000\t340
4\tr4.2xlarge\t32\t122000\t9530\t1000\t10000000\t201.5
"""


def test_a_preset_reads_the_tables_of_a_known_data_set_and_keeps_repeats(
    new_home: Path, tmp_path: Path
):
    table = tmp_path / "sort.tsv"
    table.write_text(C3O)

    first = succeed(new_home, "import", "--preset", "c3o", table, "--json").json
    again = succeed(new_home, "import", "--preset", "c3o", table, "--json").json

    assert (first["new"], again["new"], again["known"]) == (3, 0, 3)


def test_a_file_that_cannot_be_read_does_not_take_the_others_along(new_home: Path, tmp_path: Path):
    good = write_records(tmp_path / "good.jsonl", executions()[:2])
    broken = tmp_path / "broken.tsv"
    broken.write_text("a\tb\n1\t2\n")

    told = perfledger(new_home, "import", broken, tmp_path / "absent.csv", good)
    listed = perfledger(new_home, "import", broken, good, "--json")

    assert (told.code, listed.code) == (65, 65)
    assert "2 new records" in told.out
    assert f"error: {broken}: " in told.err
    assert "absent.csv" in told.err
    (failed,) = listed.json["failed"]
    assert failed["file"] == str(broken)
    assert failed["reason"]
    assert listed.json["known"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["no-such-file.csv"], 66, "no-such-file.csv"),
        (["--preset", "c3o", "--map", "pyproject.toml", "x.tsv"], 65, "exclude each other"),
        (["--preset", "unheard-of", "x.tsv"], 2, "unheard-of"),
        ([], 2, "Missing argument"),
        (["--no-such-option"], 2, "No such option"),
    ],
)
def test_wrong_usage_has_its_exit_code(
    new_home: Path, arguments: list[str], code: int, message: str
):
    outcome = perfledger(new_home, "import", *arguments)

    assert (outcome.code, message in outcome.err) == (code, True), outcome.err
