"""What a home withholds is on disk before the record without it goes anywhere."""

import stat
from pathlib import Path

import pytest

from ledger import settings
from ledger.errors import SettingsError
from ledger.offline import OfflineNode
from ledger.privacy.screen import Screen
from ledger.privacy.vault import Vault
from ledger.privacy.vault import load_secret
from ledger.record import codec
from ledger.record.cid import digest_of
from tests.conftest import executions

POLICY = '[[rule]]\naction = "commit"\nfields = ["input.size_bytes"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "privacy.toml").write_text(POLICY)
    return tmp_path


def test_withheld_values_are_on_disk_before_the_record_is_handed_on(home: Path):
    given = executions()[0]
    screen = Screen(home)

    shared = next(screen.shared(iter([given])))

    digest = digest_of(codec.encode(shared))
    (kept,) = Vault(home / "withheld.sqlite").of(digest)
    assert (kept.path, kept.value) == ("input.size_bytes", given.input.size_bytes)
    screen.close()


def test_another_process_of_the_home_discloses_them(home: Path):
    first = Screen(home)
    (shared,) = first.shared(executions()[:1])
    first.close()
    later = Screen(home)

    (shown,) = later.disclose(digest_of(codec.encode(shared)), ["input.size_bytes"])

    assert shared.commitment is not None
    assert shown.agrees_with(shared.commitment)
    later.close()


def test_nothing_of_a_withheld_value_is_in_what_the_node_keeps_to_serve(home: Path):
    run = executions()[0]
    odd = run.model_copy(
        update={"input": run.input.model_copy(update={"size_bytes": 7_777_777_777_777})}
    )
    with OfflineNode(settings.load(home)) as node:
        (cid,) = node.accept([odd]).new
        row = node.queries.record(cid)

    assert "7777777777777" not in row.model_dump_json()
    for name in ("blocks.sqlite", "outbox.sqlite", "index.sqlite"):
        written = b"".join(each.read_bytes() for each in home.glob(f"{name}*"))
        assert (7_777_777_777_777).to_bytes(8, "big") not in written
        assert b"7777777777777" not in written


def test_the_secret_and_what_is_withheld_are_their_owners(home: Path):
    screen = Screen(home)
    list(screen.shared(executions()[:1]))
    screen.close()

    for name in ("privacy.key", "withheld.sqlite"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600


def test_a_secret_that_others_may_read_or_that_is_none_is_not_used(home: Path):
    secret = load_secret(home)
    file = home / "privacy.key"
    assert load_secret(home) == secret

    file.chmod(0o644)
    with pytest.raises(SettingsError, match="others may read"):
        load_secret(home)

    file.chmod(0o600)
    file.write_text("not a secret")
    with pytest.raises(SettingsError, match="no secret"):
        load_secret(home)


def test_without_a_policy_no_secret_is_made(tmp_path: Path):
    screen = Screen(tmp_path)

    assert list(screen.shared(executions()[:2])) == executions()[:2]
    assert list(tmp_path.iterdir()) == []
