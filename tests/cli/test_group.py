"""Records for a group, as people who belong to one meet them."""

import json
from pathlib import Path

import pytest

from ledger.record import codec
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_records(tmp_path / "runs.jsonl", executions()[:2])


@pytest.fixture
def home(new_home: Path) -> Path:
    """A ledger whose owner has made a group."""
    succeed(new_home, "group", "create", "team")
    return new_home


def test_from_import_to_acceptance_only_the_group_sees_what_it_says(home: Path, runs: Path):
    imported = succeed(home, "import", "--group", "team", runs)
    found = succeed(home, "contribute", "--group", "team", "--json").json
    succeed(home, "validator", "run", "--once")

    everybody = succeed(home, "list", "--json").json
    sealed = succeed(home, "list", "--encrypted", "--json").json
    members = succeed(home, "list", "--group", "team", "--json").json
    assert "`perfledger contribute --group team` signs and encrypts them" in imported.err
    assert (found["count"], found["state"]) == (2, "final")
    assert (everybody["total"], sealed["total"], members["total"]) == (0, 2, 2)
    assert {row["status"] for row in (*sealed["envelopes"], *members["rows"])} == {"accepted"}
    assert {row["job"] for row in members["rows"]} == {executions()[0].job.name}
    assert {row["cid"] for row in members["rows"]} == {
        codec.cid_of(record) for record in executions()[:2]
    }


def test_an_envelope_is_shown_with_what_is_in_it_where_it_can_be_read(home: Path, runs: Path):
    succeed(home, "contribute", runs, "--group", "team")
    cid = succeed(home, "list", "--encrypted", "--json").json["envelopes"][0]["cid"]

    shown = succeed(home, "show", cid[:20]).out
    as_json = succeed(home, "show", cid, "--json").json
    (home / "group.key").unlink()
    stranger = succeed(home, "show", cid)

    assert "encrypted for a group" in shown
    assert "group        team" in shown
    assert '"name": "sort"' in shown
    assert as_json["opened"]["group"] == "team"
    assert as_json["opened"]["cid"] in {codec.cid_of(record) for record in executions()[:2]}
    assert '"name": "sort"' not in stranger.out
    assert "this home cannot read it" in stranger.err


def test_a_run_goes_to_the_group_alone(home: Path):
    told = succeed(
        home, "run", "--group", "team", "--contribute", "--json", "--job", "hidden", "--", "true"
    ).json

    (row,) = succeed(home, "list", "--group", "team", "--json").json["rows"]
    assert (row["cid"], row["job"]) == (told["cid"], "hidden")
    assert succeed(home, "list", "--json").json["total"] == 0


def test_the_group_of_the_settings_holds_unless_everybody_is_meant(home: Path, runs: Path):
    chosen = {"PERFLEDGER_GROUP": "team"}

    succeed(home, "contribute", runs, **chosen)
    succeed(home, "contribute", runs, "--public", **chosen)

    assert succeed(home, "list", "--encrypted", "--json").json["total"] == 2
    assert succeed(home, "list", "--json").json["total"] == 2


def test_what_waits_for_a_group_is_not_forgotten(home: Path, runs: Path):
    succeed(home, "import", "--group", "team", runs)

    reminded = succeed(home, "contribute")
    succeed(home, "contribute", "--group", "team")
    later = succeed(home, "contribute")

    assert "records wait for team: `perfledger contribute --group team`" in reminded.err
    assert "records wait" not in later.err


def test_what_was_taken_in_before_is_known_and_not_encrypted_again(home: Path, runs: Path):
    succeed(home, "contribute", runs, "--group", "team")

    again = succeed(home, "import", "--group", "team", runs, "--json").json
    told = succeed(home, "contribute", "--group", "team").out

    assert (again["new"], again["known"]) == (0, 2)
    assert "nothing waits" in told
    assert succeed(home, "list", "--encrypted", "--json").json["total"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "runs.jsonl"),
        ("import", "-"),
        ("contribute",),
        ("contribute", "-"),
        ("run", "--", "true"),
        ("list",),
        ("export",),
    ],
)
def test_a_group_that_is_not_known_is_named_and_nothing_is_taken(
    home: Path, arguments: tuple[str, ...], runs: Path
):
    command, *rest = [str(runs) if each == "runs.jsonl" else each for each in arguments]

    outcome = perfledger(home, command, "--group", "taem", *rest)

    assert outcome.code == 66
    assert "no group 'taem'" in outcome.err
    assert "It knows team." in outcome.err
    assert succeed(home, "status", "--json").json["unsigned"] == 0


def test_what_goes_to_everybody_and_to_a_group_is_asked_back(home: Path, runs: Path):
    for arguments in (
        ("import", "--group", "team", "--public", runs),
        ("list", "--group", "team", "--server", "http://127.0.0.1:1"),
    ):
        assert perfledger(home, *arguments).code == 2


def test_the_group_of_the_settings_is_not_taken_for_one_of_a_server(home: Path, runs: Path):
    """The records would leave in plain, for whichever group has that name there."""
    outcome = perfledger(
        home, "contribute", runs, "--server", "http://127.0.0.1:1", PERFLEDGER_GROUP="team"
    )

    assert outcome.code == 2
    assert "--server gets records as they are" in outcome.err


def test_members_of_two_homes_share_a_group(home: Path, tmp_path: Path):
    there = tmp_path / "there"
    there.mkdir()
    recipient = succeed(there, "group", "identity", "--json").json["recipient"]
    succeed(home, "group", "add", "team", recipient, "--label", "Ben\x1b[2J [bold]")
    card = tmp_path / "team.json"
    card.write_text(succeed(home, "group", "card", "team").out)

    joined = succeed(there, "group", "join", card, "--json").json
    listed = succeed(home, "group", "list")
    removed = succeed(home, "group", "remove", "team", recipient)

    assert [each["recipient"] for each in joined["members"]][1] == recipient
    assert "\x1b" not in listed.out
    assert "[bold]" in listed.out
    assert "earlier records stay readable" in removed.err
    assert len(succeed(home, "group", "list", "--json").json[0]["members"]) == 1


def test_who_joins_a_group_without_being_in_it_is_told(home: Path, tmp_path: Path):
    there = tmp_path / "there"
    there.mkdir()
    card = tmp_path / "team.json"
    card.write_text(succeed(home, "group", "card", "team").out)

    outcome = succeed(there, "group", "join", card)

    assert "this home is no member: have age1" in outcome.err


def test_a_proof_is_checked_and_opened(home: Path, runs: Path, tmp_path: Path):
    succeed(home, "contribute", runs, "--group", "team")
    succeed(home, "validator", "run", "--once")
    cid = succeed(home, "list", "--encrypted", "--json").json["envelopes"][0]["cid"]
    proof = tmp_path / "proof.json"
    succeed(home, "proof", cid, "-o", proof)

    plain = succeed(home, "verify", proof)
    opened = succeed(home, "verify", proof, "--identity", home / "group.key", "--json").json
    (tmp_path / "there").mkdir()
    succeed(tmp_path / "there", "group", "identity")
    other = perfledger(home, "verify", proof, "--identity", tmp_path / "there" / "group.key")

    assert "encrypted for a group" in plain.out
    assert opened["result"] == "valid"
    assert "opened" in [step["name"] for step in opened["steps"]]
    assert (other.code, "sealed-for-others" in other.out) == (38, True)


def test_a_prediction_rests_on_the_groups_records_and_leaves_its_model_with_them(
    home: Path, tmp_path: Path
):
    sorts = [record for record in executions() if record.job.name == "sort"]
    records = write_records(tmp_path / "many.jsonl", sorts)
    succeed(home, "contribute", records, "--group", "team")
    asked = ("predict", "--job", "sort", "--input-bytes", "15GB", "--nodes", "3", "--any-machine")

    told = succeed(home, *asked, "--only", "any", "--group", "team", "--json").json
    public = perfledger(home, *asked, "--only", "any")

    assert told["records"] > 0
    assert public.code != 0
    assert not list(home.glob("models/*"))


def test_who_handed_it_in_can_revoke_it(home: Path, runs: Path):
    succeed(home, "contribute", runs, "--group", "team")
    cid = succeed(home, "list", "--encrypted", "--json").json["envelopes"][0]["cid"]

    told = succeed(home, "revoke", cid[:20], "--yes", "--json").json

    by_status = [
        each["status"] for each in succeed(home, "list", "--encrypted", "--json").json["envelopes"]
    ]
    assert (told["cid"], told["status"]) == (cid, "revoked")
    assert sorted(by_status) == ["anchored", "revoked"]
    members = succeed(home, "list", "--group", "team", "--json").json["rows"]
    assert sorted(row["status"] for row in members) == ["anchored", "revoked"]


def test_an_export_of_the_group_is_in_plain_text(home: Path, runs: Path):
    succeed(home, "import", "--group", "team", runs)

    lines = succeed(home, "export", "--group", "team").out.splitlines()

    assert [json.loads(line)["record"]["job"]["name"] for line in lines] == ["sort", "sort"]
    assert succeed(home, "export").out == ""


def test_the_index_made_anew_knows_the_same(home: Path, runs: Path):
    succeed(home, "contribute", runs, "--group", "team", "--no-wait")
    succeed(home, "db", "rebuild")
    succeed(home, "contribute", "--group", "team")
    before = succeed(home, "list", "--encrypted", "--json").json

    succeed(home, "db", "rebuild")

    assert succeed(home, "list", "--encrypted", "--json").json == before
    assert before["total"] == 2


def test_the_privacy_policy_holds_for_groups_too(home: Path, runs: Path):
    (home / "privacy.toml").write_text('[[rule]]\naction = "drop"\nfields = ["cluster.provider"]\n')

    succeed(home, "contribute", runs, "--group", "team")

    rows = succeed(home, "list", "--group", "team", "--json").json["rows"]
    assert {row["provider"] for row in rows} == {None}


def test_who_leaves_a_group_is_told_that_it_cannot_read_what_it_encrypts(
    home: Path, tmp_path: Path
):
    there = tmp_path / "there"
    there.mkdir()
    own = succeed(home, "group", "identity", "--json").json["recipient"]
    other = succeed(there, "group", "identity", "--json").json["recipient"]
    succeed(home, "group", "add", "team", other)

    removed = succeed(home, "group", "remove", "team", own)
    last = perfledger(home, "group", "remove", "team", other)

    assert "cannot read what it encrypts" in " ".join(removed.err.split())
    assert "last member" in last.err
