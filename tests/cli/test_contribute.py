"""`contribute` signs what waits and follows it to the anchor."""

from pathlib import Path

from eth_account import Account

from ledger.chain.devchain.accounts import dev_account
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions

# A key without ether.
POOR = {"PERFLEDGER_PRIVATE_KEY": "0x" + "17" * 32}


def test_what_was_imported_is_followed_to_the_anchor(new_home: Path, tmp_path: Path):
    succeed(new_home, "import", write_records(tmp_path / "runs.jsonl", executions()[:3]))

    found = succeed(new_home, "contribute", "--json").json

    assert (found["state"], found["count"], found["problem"]) == ("final", 3, "")
    assert found["contributor"] == dev_account(1).address
    assert found["transaction_hash"].startswith("0x")
    by_status = succeed(new_home, "status", "--json").json["by_status"]
    assert by_status["anchored"] == 3


def test_files_are_imported_on_the_way(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:2])

    outcome = succeed(new_home, "contribute", file)

    assert "2 records, final" in outcome.out
    assert "batch         0x" in outcome.out
    assert "2 records signed, contribution " in outcome.err


def test_without_waiting_it_returns_once_it_is_signed_and_status_follows(
    new_home: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[:2])

    found = succeed(new_home, "contribute", file, "--no-wait", "--json").json
    before = succeed(new_home, "status", "--json").json
    told = succeed(new_home, "status").out
    succeed(new_home, "contribute")
    after = succeed(new_home, "status", "--json").json

    assert (found["state"], found["batch_id"]) == ("pending", None)
    assert [each["id"] for each in before["on_their_way"]] == [found["id"]]
    assert (before["unbatched"], before["by_status"]["pending"]) == (1, 2)
    assert f"contribution {found['id']}: 2 records, pending" in told
    assert (after["on_their_way"], after["unbatched"], after["batches"]) == ([], 0, {"final": 1})


def test_nothing_to_contribute_is_no_error(new_home: Path):
    assert "nothing waits" in succeed(new_home, "contribute").out
    assert succeed(new_home, "contribute", "--json").json == {"contributed": 0}


def test_another_address_may_sign(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:1])
    address = dev_account(2).address

    found = succeed(new_home, "contribute", file, "--from", address, "--json").json
    stranger = perfledger(new_home, "contribute", file, "--from", Account.create().address)

    assert found["contributor"] == address
    assert succeed(new_home, "list", "--contributor", address, "--json").json["total"] == 1
    assert stranger.code == 0  # nothing waits any more


def test_an_address_without_a_key_is_refused_and_the_records_stay(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:1])
    stranger = Account.create().address

    outcome = perfledger(new_home, "contribute", file, "--from", stranger)

    assert outcome.code == 78
    assert f"no key for {stranger}" in outcome.err
    assert succeed(new_home, "status", "--json").json["unsigned"] == 1


def test_a_bad_row_stops_the_whole_file(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:1])
    file.write_text(file.read_text() + "no record\n")

    outcome = perfledger(new_home, "contribute", file)

    assert outcome.code == 65
    assert f"{file}, line 2: " in outcome.err
    assert succeed(new_home, "list", "--json").json["total"] == 0


def test_a_key_that_cannot_pay_is_told_and_the_contribution_kept(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:1])

    outcome = perfledger(new_home, "contribute", file, "--timeout", "0", **POOR)
    later = succeed(new_home, "contribute")

    assert outcome.code == 69
    assert "cannot pay for the transaction" in outcome.err
    assert "hint: It is kept, and goes on" in outcome.err
    assert later.code == 0
    assert succeed(new_home, "status", "--json").json["batches"] == {"final": 1}


def test_what_is_no_key_is_refused_without_being_shown(new_home: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[:1])

    outcome = perfledger(new_home, "contribute", file, PERFLEDGER_PRIVATE_KEY="0xsecret-nonsense")

    assert outcome.code == 65
    assert "is not a private key" in outcome.err
    assert "secret-nonsense" not in outcome.out + outcome.err


def test_more_than_a_batch_holds_is_signed_in_parts_and_all_are_followed(
    new_home: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[:5])

    outcome = succeed(new_home, "contribute", file, "--json", PERFLEDGER_BATCH_RECORDS="2")

    parts = outcome.json["contributions"]
    assert [part["count"] for part in parts] == [2, 2, 1]
    assert {part["state"] for part in parts} == {"final"}
    assert len({part["batch_id"] for part in parts}) >= 2
    assert outcome.json["id"] == parts[-1]["id"]
    assert succeed(new_home, "status", "--json").json["by_status"]["anchored"] == 5


def test_what_is_stuck_is_listed_by_its_state_however_much_came_after_it(
    new_home: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[:30])
    one_each = {"PERFLEDGER_BATCH_RECORDS": "1", **POOR}

    succeed(new_home, "contribute", file, "--no-wait", **one_each)
    stuck = perfledger(new_home, "contribute", "--timeout", "0", **one_each)
    told = succeed(new_home, "status").out
    listed = succeed(new_home, "status", "--json").json["on_their_way"]

    assert stuck.code == 69
    assert "30 of 30 contributions are not anchored after 0 s: batched: " in stuck.err
    assert "and 25 more" in stuck.err
    assert "cannot pay for the transaction" in stuck.err
    assert told.count("contribution ") == 20
    assert "and 10 batched (--json lists all)" in told
    assert [each["state"] for each in listed] == ["batched"] * 30


def test_status_lists_the_addresses_that_can_sign(new_home: Path):
    own = Account.from_key(POOR["PERFLEDGER_PRIVATE_KEY"]).address

    told = succeed(new_home, "status", **POOR).out
    listed = succeed(new_home, "status", "--json").json["keys"]

    assert f"signs as {own} (PERFLEDGER_PRIVATE_KEY)" in told
    assert [key["address"] for key in listed] == [
        dev_account(place).address for place in range(1, 7)
    ]
