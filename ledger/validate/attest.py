"""From verdicts to a signed report and the blocks that hold it."""

from collections.abc import Sequence

from ledger.anchor.batch import Batch
from ledger.record import eip712
from ledger.store.blocks import Block
from ledger.validate.report import Report
from ledger.validate.report import Verdict
from ledger.validate.report import blocks
from ledger.validate.report import sign


def make_report(
    batch: Batch,
    verdicts: Sequence[Verdict],
    *,
    batch_id: bytes,
    sequence: int,
    domain: eip712.Domain,
    signer: eip712.StatementSigner,
) -> tuple[Report, tuple[Block, ...]]:
    """A validator's signed report on a batch, and its blocks, the head last.

    The blocks must be kept before the report is attested: a validator that attested what it cannot
    show again has attested nothing. Only the head has the signature, and has to be remembered
    before anybody else can see it: once it is out, signing other verdicts is equivocation.

    Args:
        batch: whose records the verdicts are on.
        verdicts: one per record, in the batch's order.
        batch_id: the batch, as contracts name it.
        sequence: higher than that of any report attested before; two different reports under one
            sequence are equivocation and cost the bond.
        domain: the Attestations contract.
        signer: the validator's key.

    Raises:
        ValueError: not one verdict per record.
    """
    report = sign(
        domain=domain,
        batch_id=batch_id,
        sequence=sequence,
        records=batch.records(),
        verdicts=verdicts,
        signer=signer,
    )
    return report, tuple(blocks(report))
