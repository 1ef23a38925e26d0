"""A batch: many submissions under one root, and the IPLD DAG that holds them.

    manifest ─► pages of submissions ─► pages of records ─► records

Every block stays under 1 MiB, and pinning the manifest's CID recursively pins everything. The
manifest repeats what the chain says (root and count), so that a reader can check one against the
other before reading on.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.submission import Submission
from ledger.errors import InvalidInputError
from ledger.record import dagcbor
from ledger.record import eip712
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_bytes
from ledger.record.keccak import keccak
from ledger.store.blocks import Block

KIND = "perfledger/batch"
VERSION = 1
RECORDS_PER_PAGE = 8_192
"""About 340 kB of links."""
MAX_PROVIDERS = 8
MAX_PROVIDER_LENGTH = 300
_PAGE_BYTES = 512 * 1024
"""A page of submissions is closed once it has this many bytes."""


def batch_id(publisher: str, root: bytes) -> bytes:
    """How contracts name a batch: ``keccak256(abi.encode(publisher, root))``.

    The publisher is part of it, so that nobody can take a root first by copying it out of a
    pending transaction.
    """
    return keccak(bytes(12) + bytes.fromhex(publisher[2:]) + root)


@dataclass(frozen=True)
class Batch:
    """Submissions that are anchored together.

    Attributes:
        domain: the ledger the submissions were signed for.
        submissions: at least one; no record occurs twice among them.
    """

    domain: eip712.Domain
    submissions: tuple[Submission, ...]

    @cached_property
    def tree(self) -> StandardMerkleTree:
        """The tree over the submissions' leaves."""
        return StandardMerkleTree.of([submission.leaf for submission in self.submissions])

    @property
    def root(self) -> bytes:
        """What goes on chain."""
        return self.tree.root

    @property
    def count(self) -> int:
        """Number of records."""
        return sum(submission.count for submission in self.submissions)

    def records(self) -> tuple[Digest, ...]:
        """All record digests, in the order of submissions; verdicts follow the same order."""
        return tuple(digest for submission in self.submissions for digest in submission.records)

    def path(self, record: Digest) -> tuple[Submission, list[bytes], list[bytes]]:
        """A record's submission, its path to the submission's root, and that root's path up.

        Raises:
            InvalidInputError: the record is not in this batch.
        """
        for place, submission in enumerate(self.submissions):
            if record in submission.records:
                index = submission.records.index(record)
                return submission, submission.tree.proof(index), self.tree.proof(place)
        raise InvalidInputError("the record is not in this batch")


def gather(domain: eip712.Domain, submissions: Sequence[Submission]) -> Batch:
    """A batch of submissions.

    Raises:
        InvalidInputError: none, or a record that occurs twice.
    """
    batch = Batch(domain, tuple(submissions))
    records = batch.records()
    if not records:
        raise InvalidInputError("a batch needs at least one record")
    if len(set(records)) != len(records):
        raise InvalidInputError("a record occurs twice in the batch")
    return batch


def blocks(batch: Batch, providers: Sequence[str] = ()) -> Iterator[Block]:
    """The blocks of a batch above its records; the manifest comes last.

    Args:
        batch: what is written.
        providers: URLs of nodes that hold it, as a hint to who looks for it. They are part of the
            manifest's name, and of nothing that is signed.
    """
    links: list[bytes] = []
    page: list[dict[str, object]] = []
    page_bytes = 0
    for submission in batch.submissions:
        record_pages = []
        for block in _record_pages(submission.records):
            yield block
            record_pages.append(to_bytes(block[0]))
        entry = _entry(submission, record_pages)
        page.append(entry)
        page_bytes += len(dagcbor.encode(entry))
        if page_bytes >= _PAGE_BYTES:
            block = _block({"submissions": page})
            yield block
            links.append(to_bytes(block[0]))
            page, page_bytes = [], 0
    if page:
        block = _block({"submissions": page})
        yield block
        links.append(to_bytes(block[0]))
    yield _block(
        {
            "kind": KIND,
            "version": VERSION,
            "chain": batch.domain.chain_id,
            "registry": batch.domain.contract,
            "root": _hex(batch.root),
            "count": batch.count,
            "submissions": links,
            **({"providers": list(providers[:MAX_PROVIDERS])} if providers else {}),
        }
    )


def _record_pages(records: Sequence[Digest]) -> Iterator[Block]:
    for start in range(0, len(records), RECORDS_PER_PAGE):
        chunk = records[start : start + RECORDS_PER_PAGE]
        yield _block({"records": [to_bytes(digest) for digest in chunk]})


def _entry(submission: Submission, pages: list[bytes]) -> dict[str, object]:
    return {
        "contributor": submission.contributor,
        "root": _hex(submission.root),
        "count": submission.count,
        "signature": _hex(submission.signature),
        "pages": pages,
    }


def _block(value: object) -> Block:
    encoded = dagcbor.encode(value)
    return digest_of(encoded), encoded


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
