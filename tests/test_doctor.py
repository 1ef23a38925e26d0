"""`doctor` looks at every part, and one that is broken does not hide the next."""

from pathlib import Path

import pytest
from eth_account import Account

from ledger import doctor
from ledger import settings
from ledger.doctor import Finding
from ledger.node import Node
from ledger.settings import Settings
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.conftest import execution

PARTS = ["home", "blocks", "outbox", "chain", "contracts", "validators", "keys", "index"]


@pytest.fixture
def chosen(home: Path) -> Settings:
    """A ledger with one record."""
    made = settings.load(home, chain_port=0, dev_validators=2, quorum=1)
    with Node(made) as node:
        node.connect()
        node.submit(node.accept([execution("sort", "m4.2xlarge", 2, 10, 0)]).new)
        node.cycle()
    return made


def findings(chosen: Settings) -> dict[str, Finding]:
    return {finding.part: finding for finding in doctor.examine(chosen)}


def broken(chosen: Settings) -> set[str]:
    found = findings(chosen)
    assert all(finding.hint for finding in found.values() if not finding.ok)
    return {part for part, finding in found.items() if not finding.ok}


def test_a_sound_ledger_has_nothing_wrong(chosen: Settings):
    found = findings(chosen)

    assert list(found) == PARTS
    assert broken(chosen) == set()
    assert found["validators"].says == "2 active, 1 have to agree"
    assert "1 records in 1 batches" in found["index"].says


def test_a_missing_home_is_all_there_is_to_say(home: Path):
    (finding,) = doctor.examine(settings.load(home))

    assert (finding.part, finding.ok) == ("home", False)
    assert "perfledger init" in finding.hint
    assert not home.exists()


def test_a_chain_that_is_down_hides_nothing_else(chosen: Settings):
    down = settings.load(chosen.home, rpc_url="http://127.0.0.1:1")

    assert broken(down) == {"chain", "contracts", "validators", "keys", "index"}


@pytest.mark.parametrize(
    ("file", "part"),
    [("blocks.sqlite", "blocks"), ("outbox.sqlite", "outbox")],
)
def test_a_damaged_file_is_found(chosen: Settings, file: str, part: str):
    path = chosen.home / file
    path.write_bytes(path.read_bytes()[:100] + b"\xa5" * (path.stat().st_size - 100))

    assert part in broken(chosen)
    assert file in findings(chosen)[part].says


def test_a_damaged_index_is_found_with_what_to_do(chosen: Settings):
    (chosen.home / "index.sqlite").write_bytes(b"no database" * 1000)

    assert broken(chosen) == {"index"}


def test_a_deployment_of_another_ledger_is_found(chosen: Settings):
    path = chosen.deployment_path
    path.write_text(path.read_text().replace('"registry": "0x', '"registry": "0x00')[:-3])

    assert {"contracts", "validators"} <= broken(chosen)


def test_a_key_without_ether_is_found(chosen: Settings):
    poor = settings.load(chosen.home, private_key="0x" + Account.create().key.hex())

    assert broken(poor) == {"keys"}


def test_too_few_validators_for_the_quorum_are_found(home: Path):
    chosen = settings.load(home, chain_port=0, dev_validators=1, quorum=2)
    with Node(chosen) as node:
        node.connect()

    assert broken(chosen) == {"validators"}


def test_the_command_tells_each_finding_and_exits_with_1_if_one_is_bad(chosen: Settings):
    sound = succeed(chosen.home, "doctor")
    down = perfledger(chosen.home, "doctor", PERFLEDGER_RPC_URL="http://127.0.0.1:1")
    listed = perfledger(chosen.home, "doctor", "--json", PERFLEDGER_RPC_URL="http://127.0.0.1:1")

    assert sound.out.count("✓") == len(PARTS)
    assert (down.code, listed.code) == (1, 1)
    assert "✗ chain" in down.out
    assert "→ Is the node up?" in down.out
    assert [finding["part"] for finding in listed.json] == PARTS
