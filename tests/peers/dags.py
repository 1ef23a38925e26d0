"""DAGs as batches are: a manifest, pages of submissions, pages of records, records."""

from dataclasses import dataclass

from ledger.peers.shape import Shape
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_bytes
from ledger.store.blocks import Block


def block(value: object) -> Block:
    data = dagcbor.encode(value)
    return digest_of(data), data


def over(below: list[Block], name: str = "page") -> Block:
    """A block that links to others."""
    return block({name: [to_bytes(digest) for digest, _ in below]})


@dataclass(frozen=True)
class DAG:
    """Blocks, the root first, each before those it links to."""

    blocks: tuple[Block, ...]
    records: int

    @property
    def root(self) -> Digest:
        return self.blocks[0][0]

    @property
    def shape(self) -> Shape:
        return Shape.of_batch(self.records)

    @property
    def digests(self) -> list[Digest]:
        return [digest for digest, _ in self.blocks]


def batch(records: int, *, per_page: int = 4, size: int = 0, seed: int = 0) -> DAG:
    """A batch of records of about so many bytes."""
    leaves = [block({"n": number, "seed": seed, "pad": "x" * size}) for number in range(records)]
    pages = [
        over(leaves[start : start + per_page], f"records {start}")
        for start in range(0, records, per_page)
    ]
    submissions = over(pages, "submissions")
    manifest = over([submissions], "manifest")
    return DAG((manifest, submissions, *pages, *leaves), records)
