"""Where settings come from, which wins, and what is said of a wrong one."""

from pathlib import Path

import pytest

from ledger import settings
from ledger.errors import SettingsError
from ledger.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / settings.SETTINGS_FILE).write_text(text)


def test_arguments_win_over_the_environment_and_that_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    write(folder, "confirmations = 1\nquorum = 3\napp_port = 1111\n")
    monkeypatch.setenv("PERFLEDGER_CONFIRMATIONS", "2")
    monkeypatch.setenv("PERFLEDGER_APP_PORT", "2222")

    found = settings.load(folder, confirmations=3)

    assert (found.confirmations, found.app_port, found.quorum) == (3, 2222, 3)
    assert found.batch_records == Settings.model_fields["batch_records"].default


def test_an_argument_that_is_not_given_hides_nothing(folder: Path):
    write(folder, "app_port = 1111\n")

    assert settings.load(folder, app_port=None).app_port == 1111


def test_the_home_folder_comes_from_the_environment_where_no_argument_names_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PERFLEDGER_HOME", str(folder))
    write(folder, "quorum = 5\n")

    found = settings.load()

    assert (found.home, found.quorum) == (folder, 5)
    assert found.blocks_path.parent == found.outbox_path.parent == folder


def test_a_relative_home_folder_is_meant_from_here(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)

    assert settings.load(Path("ledger")).home == folder / "ledger"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("quorom = 3", "quorom"),
        ("quorum = 0", "quorum"),
        ("app_port = 70000", "app_port"),
        ("confirmations = 'many'", "confirmations"),
        ("quorum = ", settings.SETTINGS_FILE),
        ("\x00", settings.SETTINGS_FILE),
    ],
)
def test_a_wrong_or_unknown_setting_in_the_file_is_named(folder: Path, text: str, named: str):
    write(folder, text)

    with pytest.raises(SettingsError, match=named):
        settings.load(folder)


def test_a_wrong_setting_in_the_environment_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PERFLEDGER_CHAIN_ID", "mainnet")

    with pytest.raises(SettingsError, match="chain_id") as caught:
        settings.load(folder)
    assert caught.value.hint


def test_an_unknown_setting_in_the_environment_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PERFLEDGER_QUOROM", "3")

    with pytest.raises(SettingsError, match="PERFLEDGER_QUOROM"):
        settings.load(folder)


def test_a_private_key_is_not_shown(folder: Path):
    found = settings.load(folder, private_key="0x" + "17" * 32)

    assert "17" * 32 not in repr(found) + str(found.model_dump()) + found.model_dump_json()


def test_a_wrong_value_is_not_repeated_where_it_may_be_a_secret(folder: Path):
    write(folder, 'private_key = ["0xsecret"]\n')

    with pytest.raises(SettingsError) as caught:
        settings.load(folder)
    assert "secret" not in caught.value.message.replace("SecretStr", "")


def test_every_setting_is_described_and_documented():
    page = (Path(__file__).parents[1] / "docs" / "settings.md").read_text()

    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert f"PERFLEDGER_{name.upper()}" in page, name


def test_the_defaults_need_nothing_installed(folder: Path):
    found = settings.load(folder)

    assert found.is_dev_chain
    assert found.index_location == f"sqlite:///{folder / 'index.sqlite'}"
    assert found.app_host == "127.0.0.1"
