"""A validator at work: each batch judged once, by the first report it signed."""

import threading
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import AcquireReturnProxy
from filelock import FileLock
from filelock import Timeout

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.sender import RevertedError
from ledger.chain.signers import LocalSigner
from ledger.errors import PerfledgerError
from ledger.index.history import History
from ledger.index.history import Past
from ledger.index.history import UnsettledError
from ledger.index.views import BatchRow
from ledger.node import Node
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.cid import digest_of
from ledger.validate import service
from ledger.validate.reasons import Reason
from ledger.validate.report import KIND
from ledger.validate.report import Verdict
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings
from tests.conftest import impossible_execution

DEADLINE_SECONDS = 60
REJECTED = Verdict(Reason.IMPLAUSIBLE_RUNTIME, "as the next version finds")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """One validator, and two batches that wait for it."""
    with Node(template_settings(tmp_path / "home")) as opened:
        for first in (0, 10):
            records = [*runs(1, first), impossible_execution()] if not first else runs(2, first)
            opened.submit(opened.accept(records).new)
            opened.cycle()
        yield opened


def waiting(node: Node) -> list[BatchRow]:
    node.sync.step()
    return list(node.history.unattested(node.validators()[0].address))


def attestations(node: Node) -> list[dict[str, int]]:
    logs = node.contracts.attestations.events.Attested.get_logs(from_block=0)
    return [dict(log["args"]) for log in logs]


def test_every_waiting_batch_is_judged_once(node: Node):
    (validator,) = node.validators()

    attested = validator.step()
    again = validator.step()
    node.sync.step()

    assert [(each.accepted, each.rejected) for each in attested] == [(1, 1), (2, 0)]
    assert again == []
    assert waiting(node) == []
    assert len(attestations(node)) == 2


def test_progress_counts_records(node: Node):
    (validator,) = node.validators()
    told: list[tuple[str, int]] = []

    validator.step(progress=lambda batch, records: told.append((batch, records)))

    assert {batch for batch, _ in told} == {
        "0x" + each["batchId"].hex() for each in attestations(node)
    }


def test_an_attestation_costs_the_same_whatever_the_batch_holds(node: Node):
    (validator,) = node.validators()

    assert all(each.gas_used <= 60_000 for each in validator.step())


def test_a_batch_that_cannot_be_judged_does_not_hold_up_the_others(node: Node):
    (validator,) = node.validators()
    first, second = waiting(node)
    hidden = digest_of(codec.encode(runs(1)[0]))
    block = node.blocks.get(hidden)
    node.blocks._database._connection.execute("DELETE FROM blocks WHERE digest = ?", (hidden,))
    failures: list[tuple[str, PerfledgerError]] = []

    attested = validator.step(failed=lambda batch, error: failures.append((batch, error)))
    node.blocks.put_many([(hidden, block)])
    later = validator.step()

    assert [each.batch_id for each in attested] == [second.batch_id]
    ((batch, error),) = failures
    assert batch == first.batch_id
    assert "is not in the store" in error.message
    assert [each.batch_id for each in later] == [first.batch_id]


@pytest.mark.parametrize("moment", ["verdicts stored", "report kept", "report stored"])
def test_there_is_one_signature_to_be_seen_wherever_it_was_killed_and_the_checks_changed(
    node: Node, moment: str, monkeypatch: pytest.MonkeyPatch
):
    """Killed while it signs, then upgraded: showing a second signature would be equivocation."""
    batch = waiting(node)[0]
    with pytest.raises(KeyboardInterrupt):
        service_of(node, killed_at(moment)).attest(batch)
    monkeypatch.setattr(service, "check_batch", lambda *_, **__: [REJECTED, REJECTED])

    attested = node.validators()[0].attest(batch)

    assert attested is not None
    (report,) = signed_reports(node)
    (on_chain,) = attestations(node)
    assert report["root"] == "0x" + on_chain["verdictRoot"].hex()
    assert (attested.accepted, attested.rejected) == (report["accepted"], report["rejected"])
    assert (attested.rejected == 2) == (moment == "verdicts stored")


def test_two_processes_with_one_key_take_turns(node: Node):
    batch = waiting(node)[0]
    outcomes: list[service.Attested | None] = []
    path = node.settings.home / "test.lock"
    asked = threading.Event()

    class Second(FileLock):
        def acquire(self, *arguments: Any, **options: Any) -> AcquireReturnProxy:
            asked.set()
            return super().acquire(*arguments, **options)

    second = threading.Thread(
        target=lambda: outcomes.append(
            service_of(node, lambda _: None, lock=Second(path)).attest(batch)
        )
    )

    def begin_second(what: str) -> None:
        if what == "verdicts stored":
            second.start()
            assert asked.wait(DEADLINE_SECONDS)

    first = service_of(node, begin_second, lock=FileLock(path)).attest(batch)
    second.join(DEADLINE_SECONDS)

    assert first is not None
    assert outcomes == [None]
    assert len(signed_reports(node)) == len(attestations(node)) == 1


def test_validators_of_one_home_and_key_share_a_lock(node: Node):
    batch = waiting(node)[0]
    (validator,) = node.validators()
    validator._lock.timeout = 0

    with FileLock(lock_of(node)), pytest.raises(Timeout):
        validator.attest(batch)

    assert validator.attest(batch) is not None


def test_a_report_that_is_kept_is_attested_whatever_is_awaited_since(
    node: Node, monkeypatch: pytest.MonkeyPatch
):
    batch = waiting(node)[0]
    with pytest.raises(KeyboardInterrupt):
        service_of(node, killed_at("report kept")).attest(batch)

    def unsettled(_self: History, _batch_id: str) -> Past:
        raise UnsettledError("an earlier batch is on its way")

    monkeypatch.setattr(History, "before", unsettled)

    assert node.validators()[0].attest(batch) is not None


def killed_at(moment: str) -> Callable[[str], None]:
    def observe(what: str) -> None:
        if what == moment:
            raise KeyboardInterrupt

    return observe


def signed_reports(node: Node) -> list[dict[str, Any]]:
    """Heads of reports in the block store, where anybody may find them."""
    rows = node.blocks._database.all("SELECT bytes FROM blocks")
    values = [dagcbor.decode(bytes(row[0])) for row in rows]
    return [each for each in values if isinstance(each, dict) and each.get("kind") == KIND]


def lock_of(node: Node) -> Path:
    return node.settings.home / f"validator-{dev_account(10).address}.lock"


def service_of(
    node: Node, observer: Callable[[str], None], lock: FileLock | None = None
) -> service.ValidatorService:
    signer = LocalSigner(dev_account(10))
    return service.ValidatorService(
        signer=signer,
        sender=node._sender(signer),
        store=node.blocks,
        contracts=node.contracts,
        history=node.history,
        journal=node.outbox.reports,
        lock=lock or FileLock(lock_of(node)),
        observer=observer,
    )


def test_an_attestation_whose_answer_was_lost_is_not_made_again(node: Node):
    (batch, _) = waiting(node)

    with pytest.raises(KeyboardInterrupt):
        service_of(node, killed_at("attested")).attest(batch)

    assert node.validators()[0].attest(batch) is None
    assert len(attestations(node)) == 1


def test_a_stranger_is_no_validator(node: Node):
    stranger = node.validator(LocalSigner(dev_account(5)))
    (batch, _) = waiting(node)

    assert not stranger.is_active()
    with pytest.raises(RevertedError, match="the contract refuses"):
        stranger.attest(batch)
    assert attestations(node) == []


def test_the_transaction_of_an_attestation_is_the_same_after_a_crash(
    node: Node, monkeypatch: pytest.MonkeyPatch
):
    (batch, _) = waiting(node)
    purpose = f"attest {batch.batch_id} 1"
    signer = dev_account(10).address
    with monkeypatch.context() as patched:
        patched.setattr(node, "_observe", killed_at("transaction signed"))
        with pytest.raises(KeyboardInterrupt):
            node.validators()[0].attest(batch)
    (kept,) = node.outbox.transactions.attempts(signer, purpose)

    assert node.validators()[0].attest(batch) is not None

    (log,) = node.contracts.attestations.events.Attested.get_logs(from_block=0)
    assert bytes(log["transactionHash"]) == kept.hash
