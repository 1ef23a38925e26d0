"""`revoke` takes back a record that one has contributed."""

from pathlib import Path

from ledger.chain.devchain.accounts import dev_account
from tests.cli.command import perfledger
from tests.cli.command import succeed


def test_a_record_is_revoked_for_good(used_home: Path, accepted_cid: str):
    found = succeed(used_home, "revoke", accepted_cid, "--yes", "--json").json
    again = succeed(used_home, "revoke", accepted_cid).out

    assert (found["cid"], found["state"], found["status"]) == (accepted_cid, "final", "revoked")
    assert found["contributor"] == dev_account(1).address
    assert found["transaction_hash"].startswith("0x")
    assert "revocation   final" in again
    shown = succeed(used_home, "show", accepted_cid, "--json").json
    assert shown["row"]["status"] == "revoked"


def test_the_beginning_of_a_cid_will_do(used_home: Path, accepted_cid: str):
    out = succeed(used_home, "revoke", accepted_cid[:20], "--yes").out

    assert f"record       {accepted_cid}" in out
    assert "transaction  0x" in out


def test_nothing_is_revoked_that_nobody_has_confirmed(used_home: Path, accepted_cid: str):
    refused = perfledger(used_home, "revoke", accepted_cid)

    assert refused.code == 65
    assert "hint: Say --yes." in refused.err
    shown = succeed(used_home, "show", accepted_cid, "--json").json
    assert shown["row"]["status"] == "accepted"


def test_a_record_that_is_not_on_chain_is_named_as_such(used_home: Path):
    (row,) = succeed(used_home, "list", "--status", "pending", "--json").json["rows"]

    refused = perfledger(used_home, "revoke", row["cid"], "--yes")

    assert refused.code == 1
    assert "is not anchored yet" in refused.err
