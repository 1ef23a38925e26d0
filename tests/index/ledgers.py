"""Builds what stands on a ledger: records, batches, reports and the events that tell of them."""

from collections.abc import Sequence
from typing import Any

from ledger.anchor import batch as batches
from ledger.anchor import submission as submissions
from ledger.anchor.batch import Batch
from ledger.anchor.submission import Submission
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.eip712 import Domain
from ledger.record.schema import Record
from ledger.store.blocks import BlockStore
from ledger.validate import report as reports
from ledger.validate.report import Report
from ledger.validate.report import Verdict
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import Emitted

SHA256 = "ab" * 32


def signer(index: int) -> LocalSigner:
    return LocalSigner(dev_account(index))


def record(row: int, **changes: Any) -> Record:
    """A record that differs from others by its row."""
    value = {
        "job": {"name": "sort", "framework": {"name": "spark", "version": "3.5.1"}},
        "input": {"size_bytes": 1_000 * row},
        "cluster": {"nodes": 4, "machine_type": "m4.2xlarge"},
        "runtime_seconds": 100 + row,
        "origin": {"kind": "file", "sha256": SHA256, "row": row},
    }
    return codec.from_python({**value, **changes})


def keep(store: BlockStore, records: Sequence[Record]) -> list[Digest]:
    """Put records into a store; returns their digests."""
    blocks = [codec.encode(record) for record in records]
    store.put_many((digest_of(block), block) for block in blocks)
    return [digest_of(block) for block in blocks]


def submit(
    digests: Sequence[Digest], by: int = 1, domain: Domain = DEPLOYMENT.submission_domain
) -> Submission:
    return submissions.sign(digests, domain, signer(by))


def gather(*parts: Submission, domain: Domain = DEPLOYMENT.submission_domain) -> Batch:
    return batches.gather(domain, parts)


def publish(store: BlockStore, batch: Batch) -> Digest:
    """Put a batch into a store; returns its manifest's digest."""
    blocks = list(batches.blocks(batch))
    store.put_many(blocks)
    return blocks[-1][0]


def batch_id(batch: Batch, publisher: int = 0) -> bytes:
    return batches.batch_id(signer(publisher).address, batch.root)


def anchored(
    batch: Batch, manifest: Digest, publisher: int = 0, count: int | None = None
) -> Emitted:
    return Emitted(
        "ContributionRegistry",
        "Anchored",
        (
            batch_id(batch, publisher),
            signer(publisher).address,
            batch.root,
            manifest,
            batch.count if count is None else count,
        ),
    )


def superseded(batch: Batch, replacement: Batch, publisher: int = 0) -> Emitted:
    return Emitted(
        "ContributionRegistry",
        "Superseded",
        (batch_id(batch, publisher), batch_id(replacement, publisher), signer(publisher).address),
    )


def revoked(digest: Digest, batch: Batch, contributor: int = 1) -> Emitted:
    return Emitted(
        "ContributionRegistry", "Revoked", (signer(contributor).address, digest, batch_id(batch))
    )


def report(
    batch: Batch, validator: int, rejected: dict[int, int] | None = None, sequence: int = 1
) -> Report:
    """A validator's report that rejects some positions with a code."""
    codes = rejected or {}
    return reports.sign(
        domain=DEPLOYMENT.verdict_domain,
        batch_id=batch_id(batch),
        sequence=sequence,
        records=batch.records(),
        verdicts=[
            Verdict(codes.get(place, 0), f"found {codes[place]}" if place in codes else "")
            for place in range(batch.count)
        ],
        signer=signer(validator),
    )


def deliver(store: BlockStore, given: Report) -> Digest:
    """Put a report into a store; returns its digest."""
    blocks = list(reports.blocks(given))
    store.put_many(blocks)
    return blocks[-1][0]


def attested(given: Report, digest: Digest, **changes: Any) -> Emitted:
    said = {
        "batch_id": given.batch_id,
        "validator": given.validator,
        "sequence": given.sequence,
        "root": given.root,
        "accepted": given.accepted,
        "rejected": given.rejected,
        "digest": digest,
        **changes,
    }
    return Emitted("Attestations", "Attested", tuple(said.values()))


def quorum(from_block: int, number: int) -> Emitted:
    return Emitted("ValidatorSet", "QuorumSet", (from_block, number))


def joined(*validators: int, bond: int = 10**18) -> list[Emitted]:
    return [
        event
        for index in validators
        for event in (
            Emitted("ValidatorSet", "Admitted", (signer(index).address,)),
            Emitted("ValidatorSet", "Joined", (signer(index).address, bond)),
        )
    ]


def left(validator: int) -> Emitted:
    return Emitted("ValidatorSet", "ExitRequested", (signer(validator).address, 2_000_000_000))


def slashed(validator: int, reporter: int = 0) -> Emitted:
    return Emitted(
        "ValidatorSet",
        "Slashed",
        (signer(validator).address, signer(reporter).address, 10**18 // 4, 3 * 10**18 // 4),
    )
