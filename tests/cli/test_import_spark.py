"""`import` takes event logs of Spark, found out by their content."""

from pathlib import Path

import pytest

from tests.capture.spark_events import logs
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions

WHOLE = logs.text(logs.run(logs.job_start(), *logs.stage(), logs.job_end()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three applications, one that is damaged, one that still runs, and a file that is no log."""
    folder = tmp_path / "spark-events"
    folder.mkdir()
    for place, pack in enumerate([bytes, logs.zstd, logs.lz4]):
        events = logs.run(*logs.stage(seconds=place + 1), name=f"job-{place}")
        (folder / f"application_{place}").write_bytes(pack(logs.text(events)))
    (folder / "application_3").write_bytes(WHOLE[:-100] + b"\n<html>\n")
    (folder / "application_4.inprogress").write_bytes(logs.text(logs.run()[:-1]))
    (folder / "notes.txt").write_text("nothing\n")
    return folder


def test_each_log_in_a_folder_goes_in_by_itself_and_once(new_home: Path, folder: Path):
    first = perfledger(new_home, "import", folder, "--json")
    again = perfledger(new_home, "import", folder, "--json").json

    assert first.code == 65
    assert (first.json["new"], first.json["failed"]) == (3, [])
    assert [Path(bad["file"]).name for bad in first.json["bad"]] == [
        "application_3",
        "application_4.inprogress",
    ]
    assert "line" in first.json["bad"][0]["reason"]
    assert "--killed" in first.json["bad"][1]["reason"]
    assert (again["new"], again["known"]) == (0, 3)
    rows = succeed(new_home, "list", "--json").json["rows"]
    assert {row["job"] for row in rows} == {"job-0", "job-1", "job-2"}


def test_what_has_no_end_goes_in_as_killed_when_asked(new_home: Path, folder: Path):
    told = succeed(
        new_home, "import", "--killed", folder / "application_4.inprogress", "--json"
    ).json

    (row,) = succeed(new_home, "list", "--json").json["rows"]
    assert (told["new"], row["outcome"]) == (1, "killed")


def test_logs_and_tables_are_taken_together_by_one_map(
    new_home: Path, folder: Path, tmp_path: Path
):
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        '[event_logs.fields]\n"cluster.machine_type" = { constant = "m4.2xlarge" }\n'
    )
    zipped = tmp_path / "eventLogs.zip"
    zipped.write_bytes(logs.zipped({"application_1": WHOLE}))

    succeed(new_home, "import", "--map", mapping, folder / "application_0", zipped)
    succeed(new_home, "import", write_records(tmp_path / "runs.jsonl", executions()[:1]))

    rows = succeed(new_home, "list", "--json").json["rows"]
    assert [row["machine_type"] for row in rows] == ["m4.2xlarge"] * 3


def test_a_folder_without_logs_is_an_error_with_a_hint(new_home: Path, tmp_path: Path):
    empty = tmp_path / "empty"
    empty.mkdir()

    outcome = perfledger(new_home, "import", empty)

    assert outcome.code == 66
    assert "there is no event log in the folder" in outcome.err
    assert "Name the files themselves" in outcome.err


def test_a_log_is_told_in_words(new_home: Path, folder: Path):
    outcome = perfledger(new_home, "import", folder)

    assert "3 new records, 0 known already, 2 bad rows" in outcome.out
    assert "application_3" in outcome.err
