"""Proofs whose chain gives them different ends: each is built honestly, from a real chain."""

from collections.abc import Sequence
from typing import Any

from ledger.anchor import batch as batches
from ledger.anchor.batch import Batch
from ledger.record.cid import Digest
from ledger.validate.reasons import Reason
from ledger.validate.report import Report
from ledger.verify import Proof
from ledger.verify import Result
from tests.verify.scenario import BOND
from tests.verify.scenario import CONTRIBUTORS
from tests.verify.scenario import GOVERNOR
from tests.verify.scenario import PUBLISHER
from tests.verify.scenario import VALIDATORS
from tests.verify.scenario import Ledger

Outcome = tuple[Proof, Result]


def all_outcomes(ledger: Ledger) -> dict[str, Outcome]:
    """By name: the proof, and what verifying it must end in. They share one reference block."""
    return {
        **_one_batch(ledger),
        **_withdrawn(ledger),
        **_changed_since(ledger),
        **_incomplete(ledger),
        "event-of-another-registry": (_rogue(ledger), Result.WRONG_CONTRACT),
    }


def _anchored(ledger: Ledger, first: int, counts: Sequence[int] = (2, 1)) -> Batch:
    batch = ledger.gather(counts, first)
    ledger.anchor(batch)
    return batch


def _one_batch(ledger: Ledger) -> dict[str, Outcome]:
    batch = _anchored(ledger, 0, (5, 3))
    fine, bad, torn, *_ = batch.records()
    reports = [
        ledger.attest(batch, VALIDATORS[0], rejects={bad: Reason.IMPOSSIBLE_CPU}),
        ledger.attest(batch, VALIDATORS[1], rejects={bad: Reason.IMPOSSIBLE_CPU}),
        ledger.attest(
            batch, VALIDATORS[2], rejects={bad: Reason.IMPOSSIBLE_CPU, torn: Reason.DUPLICATE}
        ),
        ledger.attest(batch, VALIDATORS[3], rejects={torn: Reason.DUPLICATE}),
    ]
    return {
        "valid": (ledger.prove(batch, reports, fine), Result.VALID),
        "valid-by-two-validators": (ledger.prove(batch, reports[:2], fine), Result.VALID),
        "without-state": (
            ledger.prove(batch, reports, fine, with_state=False),
            Result.INCOMPLETE,
        ),
        "below-quorum": (ledger.prove(batch, reports[:1], fine), Result.BELOW_QUORUM),
        "rejected": (ledger.prove(batch, reports, bad), Result.REJECTED),
        "disputed": (ledger.prove(batch, reports, torn), Result.DISPUTED),
    }


def _attested(ledger: Ledger, batch: Batch) -> list[Report]:
    return [ledger.attest(batch, validator) for validator in VALIDATORS[:2]]


def _withdrawn(ledger: Ledger) -> dict[str, Outcome]:
    batch, newer = _anchored(ledger, 20), _anchored(ledger, 30)
    reports = _attested(ledger, batch)
    revoked = batch.records()[0]
    ledger.send(CONTRIBUTORS[0], _revocation(ledger, batch, revoked))
    revoked_proof = ledger.prove(batch, reports, revoked)
    ledger.send(PUBLISHER, ledger.bindings.registry.functions.supersede(batch.root, newer.root))
    return {
        "revoked": (revoked_proof, Result.REVOKED),
        "superseded": (ledger.prove(batch, reports, batch.records()[1]), Result.SUPERSEDED),
    }


def _revocation(ledger: Ledger, batch: Batch, record: Digest) -> Any:
    submission, record_path, submission_path = batch.path(record)
    return ledger.bindings.registry.functions.revoke(
        PUBLISHER.address,
        batch.root,
        record,
        submission.root,
        submission.count,
        record_path,
        submission_path,
    )


def _changed_since(ledger: Ledger) -> dict[str, Outcome]:
    batch = _anchored(ledger, 40)
    reports = _attested(ledger, batch)
    record = batch.records()[0]
    ledger.attest(batch, VALIDATORS[0], rejects={record: Reason.DUPLICATE}, sequence=2)
    stale = ledger.prove(batch, reports, record)
    other = _anchored(ledger, 50)
    relied_on = _attested(ledger, other)
    ledger.slash(other, VALIDATORS[1], other.records()[0])
    return {
        "stale-verdict": (stale, Result.STALE_VERDICT),
        "slashed-validator": (ledger.prove(other, relied_on), Result.SLASHED_VALIDATOR),
    }


def _incomplete(ledger: Ledger) -> dict[str, Outcome]:
    return {
        "not-anchored-yet": (ledger.prove(ledger.gather((2,), 60), []), Result.INCOMPLETE),
        "not-attested-yet": (ledger.prove(_anchored(ledger, 70), []), Result.INCOMPLETE),
    }


def _rogue(ledger: Ledger) -> Proof:
    """Signed for the trusted contracts, but anchored in contracts of the forger's own."""
    trusted, own = ledger.bindings, ledger.deploy()
    batch = ledger.gather((2,), 80)
    honest = ledger.contracts
    ledger.bindings, ledger.contracts = own, own.deployment.contracts
    for validator in VALIDATORS[:2]:
        ledger.send(GOVERNOR, own.validator_set.functions.admit(validator.address))
        ledger.send(validator, own.validator_set.functions.join(), BOND)
    manifest = list(batches.blocks(batch))[-1][0]
    ledger.send(PUBLISHER, own.registry.functions.anchor(batch.root, batch.count, manifest))
    reports = _attested(ledger, batch)
    forged = ledger.prove(batch, reports, with_state=False)
    ledger.bindings, ledger.contracts = trusted, honest
    claimed = {
        "registry": honest.registry,
        "validator_set": honest.validator_set,
        "attestations": honest.attestations,
    }
    return Proof.model_validate(
        {**forged.model_dump(mode="json", exclude_none=True), "contracts": claimed}
    )
