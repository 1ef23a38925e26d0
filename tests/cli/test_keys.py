"""`keys`: made, added, listed and used from the command line."""

import io
import sys
from pathlib import Path

import pytest
from eth_account import Account

from tests.cli.command import perfledger
from tests.cli.command import succeed


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("a password\n")
    return file


def test_a_key_is_made_and_listed(tmp_path: Path, password: Path):
    home = tmp_path / "home"

    made = succeed(home, "keys", "new", "--password-file", password, "--json").json
    listed = succeed(home, "keys", "list", "--json", PERFLEDGER_ACCOUNT=made["address"]).json

    assert listed == [{**made, "used": True}]
    assert Path(made["file"]).is_file()
    assert succeed(home, "keys", "list").out.startswith(f"  {made['address']}")


def test_a_private_key_is_read_from_standard_input(
    tmp_path: Path, password: Path, monkeypatch: pytest.MonkeyPatch
):
    account = Account.create()
    private_key = account.key.hex()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{private_key}\n"))

    added = succeed(tmp_path, "keys", "import", "--password-file", password)

    assert added.out.strip() == account.address
    assert f"PERFLEDGER_ACCOUNT={account.address}" in added.err
    assert private_key not in added.out + added.err


def test_another_programs_key_file_is_added(tmp_path: Path, password: Path):
    elsewhere = succeed(
        tmp_path / "elsewhere", "keys", "new", "--json", PERFLEDGER_PASSWORD_FILE=str(password)
    ).json

    added = succeed(
        tmp_path / "home", "keys", "import", elsewhere["file"], PERFLEDGER_PASSWORD="a password"
    )

    assert added.out.strip() == elsewhere["address"]


def test_without_a_password_nothing_is_made(tmp_path: Path):
    refused = perfledger(tmp_path, "keys", "new")

    assert refused.code == 65
    assert "--password-file" in refused.err
    assert succeed(tmp_path, "keys", "list", "--json").json == []
