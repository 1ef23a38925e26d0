"""`watch flink` takes jobs as they end, and `import` takes archives of Flink."""

import json
from pathlib import Path

import pytest

from tests.capture.flink_jobs import archives
from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import succeed

OTHER = "d" * 32


def lines(outcome: Outcome) -> list[dict[str, str]]:
    return [json.loads(line) for line in outcome.out.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "completed-jobs"
    folder.mkdir()
    told = archives.answers(OTHER, name="grep", state="FAILED")
    (folder / archives.JOB).write_bytes(archives.archive(archives.answers()))
    (folder / OTHER).write_bytes(archives.archive(told))
    return folder


def test_what_has_ended_is_contributed_once(new_home: Path, folder: Path):
    first = succeed(new_home, "watch", "flink", folder, "--once", "--json")
    again = succeed(new_home, "watch", "flink", folder, "--once", "--json")

    assert {each["job"]: (each["state"], each["outcome"]) for each in lines(first)} == {
        "wordcount": ("taken", "succeeded"),
        "grep": ("taken", "failed"),
    }
    assert lines(again) == []
    rows = succeed(new_home, "list", "--json").json["rows"]
    assert {row["status"] for row in rows} == {"anchored"}


def test_a_dry_run_shows_what_would_leave_and_keeps_nothing(
    new_home: Path, folder: Path, tmp_path: Path
):
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        '[event_logs.fields]\n"job.parameters.top" = { column = "parameter.top" }\n'
        '"cluster.machine_type" = { constant = "m5.xlarge" }\n'
    )

    shown = succeed(new_home, "watch", "flink", folder, "--dry-run", "--map", mapping, "--json")

    for each in lines(shown):
        record: dict[str, dict[str, object]] = each["record"]  # type: ignore[assignment]
        assert record["job"]["parameters"] == {"top": 5}
        assert record["cluster"]["machine_type"] == "m5.xlarge"
    assert succeed(new_home, "list", "--json").json["rows"] == []


def test_archives_are_imported_one_by_one_and_by_the_folder(new_home: Path, folder: Path):
    one = succeed(new_home, "import", folder / archives.JOB, "--json").json
    summary = archives.archive({"/applications/overview": {"applications": []}})
    (folder / "application-summary").write_bytes(summary)
    (folder / "cut").write_bytes((folder / OTHER).read_bytes()[:300])
    all_of_them = perfledger(new_home, "import", folder, "--json")

    assert (one["new"], one["known"]) == (1, 0)
    assert (all_of_them.json["new"], all_of_them.json["known"]) == (1, 1)
    assert all_of_them.code == 65
    assert [Path(bad["file"]).name for bad in all_of_them.json["bad"]] == ["cut"]


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("http://user:secret@127.0.0.1:1", 65, "not the URL of the server of Flink"),
        ("http://127.0.0.1:9", 69, "does not answer"),
        ("no-such-folder", 69, "cannot be looked at"),
    ],
)
def test_a_place_that_is_none_is_named(new_home: Path, source: str, code: int, message: str):
    outcome = perfledger(new_home, "watch", "flink", source, "--once")

    assert (outcome.code, message in outcome.err) == (code, True), outcome.err
    assert "hint: " in outcome.err
    assert "secret" not in outcome.err
