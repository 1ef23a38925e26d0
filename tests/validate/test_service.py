"""A validator at work: each batch judged once, by the first report it signed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.devchain import dev_account
from ledger.chain.sender import RevertedError
from ledger.chain.signers import LocalSigner
from ledger.errors import PerfledgerError
from ledger.index.views import BatchRow
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import digest_of
from ledger.validate import service
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings
from tests.conftest import impossible_execution


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


def test_the_first_signature_stands_even_if_the_checks_have_changed_since(
    node: Node, monkeypatch: pytest.MonkeyPatch
):
    """Killed between signing and sending, then upgraded: a second report would be equivocation."""
    batch = waiting(node)[0]
    signed = []

    def killed(what: str) -> None:
        if what == "report kept":
            raise KeyboardInterrupt

    dying = service_of(node, killed)
    with pytest.raises(KeyboardInterrupt):
        dying.attest(batch)
    monkeypatch.setattr(service, "check_batch", lambda *_, **__: signed.append("again"))

    attested = node.validators()[0].attest(batch)

    assert attested is not None
    assert (attested.accepted, attested.rejected) == (1, 1)
    assert signed == []


def service_of(node: Node, observer) -> service.ValidatorService:
    signer = LocalSigner(dev_account(10))
    return service.ValidatorService(
        signer=signer,
        sender=node._sender(signer),
        store=node.blocks,
        contracts=node.contracts,
        history=node.history,
        journal=node.outbox.reports,
        observer=observer,
    )


def test_an_attestation_whose_answer_was_lost_is_not_made_again(node: Node):
    (batch, _) = waiting(node)

    def killed(what: str) -> None:
        if what == "attested":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service_of(node, killed).attest(batch)

    assert node.validators()[0].attest(batch) is None
    assert len(attestations(node)) == 1


def test_a_stranger_is_no_validator(node: Node):
    stranger = node.validator(LocalSigner(dev_account(5)))
    (batch, _) = waiting(node)

    assert not stranger.is_active()
    with pytest.raises(RevertedError, match="the contract refuses"):
        stranger.attest(batch)
    assert attestations(node) == []
