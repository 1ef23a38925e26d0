"""A whole ledger whose blocks Kubo keeps."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger.record.cid import from_text
from ledger.store import kubo_rpc
from ledger.store.kubo import KuboStore
from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import write_records
from tests.conftest import executions
from tests.conftest import impossible_execution
from tests.store.kubo.daemons import Daemon
from tests.store.kubo.daemons import kubo

Command = Callable[..., Outcome]


@pytest.fixture
def command(daemon: Daemon, tmp_path: Path) -> Command:
    """The command over a home whose blocks are in the daemon."""

    def call(*arguments: str | Path, code: int = 0) -> Outcome:
        outcome = perfledger(tmp_path / "home", *arguments, PERFLEDGER_KUBO_URL=daemon.url)
        assert outcome.code == code, outcome.err
        return outcome

    call("init")
    return call


@pytest.fixture
def cids(command: Command, tmp_path: Path) -> list[str]:
    """Six records and an impossible one, contributed and attested."""
    records = [*executions()[:6], impossible_execution()]
    command("contribute", write_records(tmp_path / "runs.jsonl", records))
    command("validator", "run", "--once")
    return [row["cid"] for row in command("list", "--json").json["rows"]]


def test_a_record_goes_from_contribution_to_proof(
    command: Command, cids: list[str], tmp_path: Path
):
    accepted = command("list", "--status", "accepted", "--json").json["rows"]
    assert (len(cids), len(accepted)) == (7, 6)

    proof = tmp_path / "proof.json"
    command("proof", accepted[0]["cid"], "-o", proof)

    assert "valid: Every step holds." in command("verify", proof).out
    assert not (tmp_path / "home" / "blocks.sqlite").exists()


def test_the_daemon_has_every_record_under_its_cid_and_keeps_it(
    daemon: Daemon, command: Command, cids: list[str]
):
    with closing(KuboStore(daemon.url)) as store:
        store.collect()

    for cid in cids:
        assert daemon.ipfs("block", "get", cid).out
    command("db", "rebuild")
    assert len(command("list", "--json").json["rows"]) == 7


def test_the_batch_holds_its_records_from_its_pin_on(daemon: Daemon, cids: list[str]):
    with closing(KuboStore(daemon.url)) as store:
        manifests = store.pinned()
        store.release([from_text(cid) for cid in cids])
        store.collect()

        assert manifests
        assert store.missing([from_text(cid) for cid in cids]) == []


def test_a_daemon_that_is_down_is_said_to_be_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kubo_rpc, "ATTEMPTS", 2)
    runs = write_records(tmp_path / "runs.jsonl", executions()[:4])
    more = write_records(tmp_path / "more.jsonl", executions()[4:6])
    with kubo(tmp_path / "kubo") as daemon:
        home, url = tmp_path / "home", daemon.url

        def call(*arguments: str | Path) -> Outcome:
            return perfledger(home, *arguments, PERFLEDGER_KUBO_URL=url)

        assert call("init").code == 0
        assert call("import", runs).code == 0
        daemon.kill()

        refused = call("import", more)
        assert refused.code == 69
        assert f"Kubo does not answer at {url}" in refused.err
        waiting = call("contribute", "--timeout", "1")
        assert waiting.code == 69
        assert "It is kept" in waiting.err

        daemon.start()
        assert call("contribute", more).code == 0
        assert len(call("list", "--status", "anchored", "--json").json["rows"]) == 6
