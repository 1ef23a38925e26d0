"""How a record is anchored, link by link, and how far it has come."""

from dataclasses import dataclass
from typing import Literal

from flask import url_for

from ledger.index.views import LedgerStatus
from ledger.index.views import RecordDetail
from webapp.format import moment
from webapp.format import number
from webapp.format import plural
from webapp.format import size

State = Literal["done", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of a link: text, or a hash with, perhaps, the page of what it names."""

    label: str
    value: str
    is_hash: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain from a record's bytes to the validators' word.

    Attributes:
        title: what it is.
        state: whether it is there.
        says: what it shows.
        facts: its values, for the reader to check.
    """

    title: str
    state: State
    says: str
    facts: tuple[Fact, ...] = ()


def links(detail: RecordDetail) -> list[Link]:
    """The links, in order."""
    return [
        _record(detail),
        _submission(detail),
        _batch(detail),
        _anchor(detail),
        _verdicts(detail),
    ]


def _record(detail: RecordDetail) -> Link:
    cid = detail.row.cid
    return Link(
        "Record",
        "done",
        f"Its canonical form, {size(detail.block_bytes)} of DAG-CBOR, hashes to its CID.",
        (Fact("CID", cid, is_hash=True, url=url_for("records.block", cid=cid)),),
    )


def _submission(detail: RecordDetail) -> Link:
    contributor = detail.row.contributor
    if contributor is None:
        return Link("Submission", "waiting", "Stored here; nobody has signed for it yet.")
    signed = Fact(
        "Contributor",
        contributor,
        is_hash=True,
        url=url_for("contributors.detail", address=contributor),
    )
    if detail.submission_root is None:
        says = "Signed by its contributor; it waits for the next batch."
        return Link("Submission", "waiting", says, (signed,))
    return Link(
        "Submission",
        "done",
        "A leaf of the Merkle tree whose root its contributor signed (EIP-712).",
        (signed, Fact("Root", detail.submission_root, is_hash=True)),
    )


def _batch(detail: RecordDetail) -> Link:
    batch = detail.batch
    if batch is None:
        return Link("Batch", "waiting", "No batch on chain holds it yet.")
    return Link(
        "Batch",
        "done",
        f"The submission is a leaf of a batch of {plural(batch.count, 'record')}.",
        (
            Fact(
                "Batch",
                batch.batch_id,
                is_hash=True,
                url=url_for("batches.detail", batch_id=batch.batch_id),
            ),
            Fact("Root", batch.root, is_hash=True),
            Fact("Manifest", batch.manifest_cid, is_hash=True),
        ),
    )


def _anchor(detail: RecordDetail) -> Link:
    batch = detail.batch
    if batch is None:
        return Link("Transaction", "waiting", "One transaction will anchor the whole batch.")
    says = "The batch's root is in a block" + (
        ", deep enough to be final." if batch.final else "; not final yet."
    )
    return Link(
        "Transaction",
        "done",
        says,
        (
            Fact("Transaction", batch.transaction_hash, is_hash=True),
            Fact("Block", number(batch.block_number)),
            Fact("Block hash", batch.block_hash, is_hash=True),
            Fact("Anchored", moment(batch.anchored_at)),
        ),
    )


def _verdicts(detail: RecordDetail) -> Link:
    row = detail.row
    if detail.batch is None:
        return Link("Verdicts", "waiting", "Validators look at it once it is on chain.")
    tally = (
        f"{row.accepted} of {row.validators} validators accept it and {row.rejected} reject it; "
        f"{row.quorum} decide."
    )
    if row.status is LedgerStatus.ACCEPTED:
        return Link("Verdicts", "done", tally)
    if row.status is LedgerStatus.REVOKED:
        return Link("Verdicts", "failed", f"{tally} Its contributor has revoked it since.")
    if row.status is LedgerStatus.DISPUTED:
        both = min(row.accepted, row.rejected) >= row.quorum
        tally += (
            " Both sides are enough, so that neither decides."
            if both
            else " Their time is over, and neither side is enough."
        )
    bad = row.status in {LedgerStatus.REJECTED, LedgerStatus.DISPUTED}
    return Link("Verdicts", "failed" if bad else "waiting", tally)
