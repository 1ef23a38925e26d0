"""A validator's report on a batch: a reason code per record, under one signed root.

The report is an IPLD DAG in the block store; its digest and its root are on chain. Verdicts stand
in the order of the batch's records, so the report names no record and a pin of it pins only
itself.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from typing import Literal

from pydantic import Field

from ledger.anchor.leaves import verdict_leaf
from ledger.anchor.manifest import Address
from ledger.anchor.manifest import BlockModel
from ledger.anchor.manifest import Hash
from ledger.anchor.manifest import Link
from ledger.anchor.manifest import Signature
from ledger.anchor.manifest import parse_block
from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.submission import MAX_RECORDS
from ledger.record import dagcbor
from ledger.record import eip712
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_bytes
from ledger.store.blocks import Block
from ledger.store.blocks import BlockStore
from ledger.validate.reasons import Reason

KIND = "perfledger/report"
VERDICTS_PER_PAGE = 4_096
MAX_DETAIL = 200
"""Characters; the longest page then stays under 1 MiB even in four-byte UTF-8."""


class MalformedReportError(dagcbor.MalformedBlockError):
    """The blocks under a report's digest are not the report that was attested."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a validator says of one record.

    Attributes:
        code: a `Reason` or, from a newer validator, a code this version does not know.
        detail: what was found, at most `MAX_DETAIL` characters; not covered by the signature.
    """

    code: int
    detail: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the record passed."""
        return self.code == Reason.ACCEPTED

    @property
    def abstains(self) -> bool:
        """Whether the validator says that it cannot tell: neither accepted nor rejected."""
        return self.code == Reason.ENCRYPTED

    @property
    def label(self) -> str:
        """The code in words."""
        return Reason(self.code).label if self.code in set(Reason) else f"code-{self.code}"

    def leaf(self, record: Digest) -> bytes:
        """The verdict's leaf in its tree."""
        return verdict_leaf(record, accepted=self.accepted, reason=self.code)


@dataclass(frozen=True)
class Report:
    """All verdicts of one validator on one batch, signed.

    Attributes:
        domain: the Attestations contract the signature counts for.
        batch_id: the batch, as contracts name it.
        sequence: 1 for the first report on a batch; a correction has a higher one.
        records: the batch's record digests, in its order.
        verdicts: one per record.
        validator: EIP-55 address.
        signature: over the EIP-712 ``Verdicts`` statement.
    """

    domain: eip712.Domain
    batch_id: bytes
    sequence: int
    records: tuple[Digest, ...]
    verdicts: tuple[Verdict, ...]
    validator: str
    signature: bytes = b""

    @cached_property
    def tree(self) -> StandardMerkleTree:
        """The tree over the verdicts' leaves."""
        return StandardMerkleTree.of(
            [
                verdict.leaf(record)
                for record, verdict in zip(self.records, self.verdicts, strict=True)
            ]
        )

    @property
    def root(self) -> bytes:
        """What goes on chain."""
        return self.tree.root

    @property
    def accepted(self) -> int:
        """Number of accepted records."""
        return sum(verdict.accepted for verdict in self.verdicts)

    @property
    def rejected(self) -> int:
        """Number of records that are not accepted, as the contract counts them."""
        return len(self.verdicts) - self.accepted

    @property
    def abstained(self) -> int:
        """Of those, the number of records that the validator has no opinion of."""
        return sum(verdict.abstains for verdict in self.verdicts)

    def statement(self) -> eip712.Statement:
        """What the validator signs."""
        return eip712.verdicts(
            self.domain,
            batch_id=self.batch_id,
            sequence=self.sequence,
            verdict_root=self.root,
            accepted=self.accepted,
            rejected=self.rejected,
        )

    def is_signed(self) -> bool:
        """Whether the validator's own key signed exactly these verdicts."""
        return eip712.recover(self.statement(), self.signature) == self.validator


def sign(
    *,
    domain: eip712.Domain,
    batch_id: bytes,
    sequence: int,
    records: Sequence[Digest],
    verdicts: Sequence[Verdict],
    signer: eip712.StatementSigner,
) -> Report:
    """A signed report."""
    unsigned = Report(domain, batch_id, sequence, tuple(records), tuple(verdicts), signer.address)
    signature = signer.sign(unsigned.statement())
    report = Report(
        domain, batch_id, sequence, tuple(records), tuple(verdicts), signer.address, signature
    )
    report.__dict__["tree"] = unsigned.tree  # computed once; cached_property keeps it here
    return report


def blocks(report: Report) -> Iterator[Block]:
    """The blocks of a report; its head, whose digest goes on chain, comes last."""
    pages = []
    for start in range(0, len(report.verdicts), VERDICTS_PER_PAGE):
        chunk = report.verdicts[start : start + VERDICTS_PER_PAGE]
        page = dagcbor.encode(
            {
                "codes": [int(verdict.code) for verdict in chunk],
                "details": {
                    str(place): verdict.detail[:MAX_DETAIL]
                    for place, verdict in enumerate(chunk)
                    if verdict.detail
                },
            }
        )
        yield digest_of(page), page
        pages.append(to_bytes(digest_of(page)))
    head = dagcbor.encode(
        {
            "kind": KIND,
            "version": 1,
            "chain": report.domain.chain_id,
            "attestations": report.domain.contract,
            "batch": "0x" + report.batch_id.hex(),
            "sequence": report.sequence,
            "validator": report.validator,
            "root": "0x" + report.root.hex(),
            "accepted": report.accepted,
            "rejected": report.rejected,
            "signature": "0x" + report.signature.hex(),
            "pages": pages,
        }
    )
    yield digest_of(head), head


_Count = Annotated[int, Field(strict=True, ge=0, le=MAX_RECORDS)]
_Code = Annotated[int, Field(strict=True, ge=0, le=0xFFFF)]
_Detail = Annotated[str, Field(max_length=MAX_DETAIL)]


class _Head(BlockModel):
    kind: Literal["perfledger/report"]
    version: Literal[1]
    chain: Annotated[int, Field(strict=True, ge=1)]
    attestations: Address
    batch: Hash
    sequence: Annotated[int, Field(strict=True, ge=1, le=0xFFFFFFFF)]
    validator: Address
    root: Hash
    accepted: _Count
    rejected: _Count
    signature: Signature
    pages: Annotated[list[Link], Field(min_length=1, max_length=MAX_RECORDS)]


class _Page(BlockModel):
    codes: Annotated[list[_Code], Field(min_length=1, max_length=VERDICTS_PER_PAGE)]
    details: dict[str, _Detail]


def read_report(store: BlockStore, digest: Digest, records: Sequence[Digest]) -> Report:
    """The report under a digest on a batch with these records, checked down to its signature.

    Raises:
        BlockNotFoundError: a block is not here (yet).
        MalformedReportError: another shape, or verdicts, counts, root and signature do not fit.
    """
    head = parse_block(_Head, store.get(digest), "the report", MalformedReportError)
    verdicts: list[Verdict] = []
    for link in head.pages:
        page = parse_block(_Page, store.get(link), "a page of verdicts", MalformedReportError)
        verdicts.extend(
            Verdict(code, page.details.get(str(place), "")) for place, code in enumerate(page.codes)
        )
        if len(verdicts) > len(records):
            break
    if len(verdicts) != len(records):
        raise MalformedReportError("the report does not have one verdict for each record")
    report = Report(
        eip712.Domain(head.chain, head.attestations),
        head.batch,
        head.sequence,
        tuple(records),
        tuple(verdicts),
        head.validator,
        head.signature,
    )
    if (report.root, report.accepted, report.rejected) != (head.root, head.accepted, head.rejected):
        raise MalformedReportError("the verdicts do not lead to the report's root and counts")
    if not report.is_signed():
        raise MalformedReportError("the report is not signed by the validator it names")
    return report
