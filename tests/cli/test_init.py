"""`init` makes a ledger once."""

from pathlib import Path

from tests.cli.command import perfledger
from tests.cli.command import succeed


def test_init_makes_a_ledger_and_says_what_comes_next(tmp_path: Path):
    outcome = succeed(tmp_path / "home", "init")

    assert "chain     dev (id 1337)" in outcome.out
    assert "perfledger up" in outcome.out
    assert (tmp_path / "home" / "deployments" / "1337.json").exists()


def test_init_again_changes_nothing(new_home: Path):
    before = succeed(new_home, "chain", "info", "--json").json

    again = succeed(new_home, "init")

    after = succeed(new_home, "chain", "info", "--json").json
    assert {**after, "url": ""} == {**before, "url": ""}
    assert before["registry"] in again.out


def test_without_a_ledger_every_command_says_how_to_make_one(tmp_path: Path):
    for arguments in (["list"], ["status"], ["contribute"], ["run", "true"], ["validator", "run"]):
        outcome = perfledger(tmp_path / "none", *arguments)

        assert outcome.code == 78
        assert outcome.err.startswith("error: there is no ledger in ")
        assert "hint: Make one with `perfledger init`" in outcome.err
    assert not (tmp_path / "none").exists()
