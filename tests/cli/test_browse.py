"""`list`, `show`, `export`, `schema`: what is there, for people and for programs."""

import csv
import io
import json
from pathlib import Path

import pytest

from ledger.record import codec
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import execution


def test_records_are_listed_by_what_they_are(attested: Path):
    everything = succeed(attested, "list", "--json").json
    accepted = succeed(attested, "list", "--status", "accepted", "--job", "sort", "--json").json
    none = succeed(attested, "list", "--job", "unheard-of", "--json").json

    assert (everything["total"], accepted["total"], none["total"]) == (8, 6, 0)


def test_pages_follow_each_other(attested: Path):
    arguments = ["list", "--sort", "runtime_seconds", "--ascending", "--limit", "3", "--json"]
    rows: list[dict[str, object]] = []
    after: list[str] = []
    while True:
        page = succeed(attested, *arguments, *after).json
        rows += page["rows"]
        if not page["next_after"]:
            break
        after = ["--after", page["next_after"]]

    runtimes = [row["runtime_seconds"] for row in rows]
    assert runtimes == sorted(runtimes)
    assert len({row["cid"] for row in rows}) == 8


def test_a_table_in_a_pipe_has_whole_cids_and_one_line_a_record(attested: Path):
    outcome = succeed(attested, "list", "--limit", "5")

    lines = outcome.out.strip().splitlines()
    assert len(lines) == 6
    assert all(len(line.split()[0]) == 59 for line in lines[1:])
    assert "5 of 8 records" in outcome.err
    assert "more: --after " in outcome.err


def test_show_tells_who_said_what_and_why(attested: Path):
    (rejected,) = succeed(attested, "list", "--status", "rejected", "--json").json["rows"]

    told = succeed(attested, "show", rejected["cid"]).out
    detail = succeed(attested, "show", rejected["cid"][:20], "--json").json

    assert "status       rejected" in told
    assert told.count("rejected") >= 2
    assert {verdict["accepted"] for verdict in detail["verdicts"]} == {False}
    for verdict in detail["verdicts"]:
        assert verdict["validator"] in told
        assert verdict["meaning"] in told
    assert codec.cid_of(codec.from_python(detail["record"])) == rejected["cid"]


def test_a_record_that_is_not_here_is_not_found(attested: Path):
    outcome = perfledger(attested, "show", "bafyrei" + "a" * 52)

    assert outcome.code in {65, 66}
    assert outcome.err.startswith("error: ")
    assert "hint: " in outcome.err


def test_an_export_holds_whole_records_under_their_names(attested: Path, tmp_path: Path):
    file = tmp_path / "records.jsonl"

    lines = succeed(attested, "export", "--status", "accepted").out.splitlines()
    succeed(attested, "export", "--status", "accepted", "-o", file)

    assert file.read_text().splitlines() == lines
    assert len(lines) == 6
    for line in map(json.loads, lines):
        assert codec.cid_of(codec.from_python(line["record"])) == line["cid"]


def test_an_export_can_be_imported_into_another_ledger(
    attested: Path, new_home: Path, tmp_path: Path
):
    lines = succeed(attested, "export").out.splitlines()
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps(json.loads(line)["record"]) + "\n" for line in lines))

    assert succeed(new_home, "import", file, "--json").json["new"] == 8
    assert set(succeed(new_home, "export").out.splitlines()) == set(lines)


def test_csv_has_a_line_for_each_record(attested: Path):
    rows = list(csv.DictReader(io.StringIO(succeed(attested, "export", "--format", "csv").out)))

    assert len(rows) == 8
    assert {row["job"] for row in rows} == {"sort"}
    assert all(float(row["runtime_seconds"]) > 0 for row in rows)


def test_the_schema_is_json_schema(tmp_path: Path):
    found = succeed(tmp_path / "no home needed", "schema").json

    assert found["$schema"].startswith("https://json-schema.org/")
    assert set(found["required"]) == {"job", "cluster", "runtime_seconds", "origin"}


@pytest.mark.parametrize("arguments", [["--status", "unheard-of"], ["--contributor", "0x12"]])
def test_a_filter_that_makes_no_sense_is_refused(attested: Path, arguments: list[str]):
    outcome = perfledger(attested, "list", *arguments)

    assert outcome.code == 65
    assert outcome.err.startswith("error: ")


def test_the_words_of_strangers_neither_style_nor_command_the_terminal(
    new_home: Path, tmp_path: Path
):
    plain = execution("sort", "m4.2xlarge", 2, 10, 0).model_dump(mode="json")
    plain["job"]["name"] = "[/bold][red]sort\x1b]0;owned\x07"
    file = write_records(tmp_path / "[b].jsonl", [codec.from_python(plain)])
    file.write_text(file.read_text() + '{"[/y]\\u001b[2J": 1}\n')

    imported = perfledger(new_home, "import", file)
    listed = succeed(new_home, "list")

    assert imported.code == 65
    assert "[b].jsonl" in imported.err
    assert "[/bold][red]sort" in listed.out
    assert "\x1b" not in listed.out + imported.out + imported.err
