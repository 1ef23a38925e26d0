"""How large the ledger's DAGs may be, and what their blocks link to."""

from dataclasses import dataclass
from typing import Any

from ledger.anchor.submission import MAX_RECORDS
from ledger.record import dagcbor
from ledger.record.cid import CID_BYTES
from ledger.record.cid import PREFIX
from ledger.record.cid import Digest


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a DAG may be.

    Attributes:
        depth: links followed below the root; the blocks at the end of them are leaves, whatever
            is in them.
        blocks: number of blocks, the root included.
    """

    depth: int
    blocks: int

    @classmethod
    def of_batch(cls, records: int) -> "Shape":
        """Of a batch: each record may have its own submission, and that its own page.

        Anybody may anchor a batch of any number of records; none of more than a million is read.
        """
        return cls(depth=3, blocks=3 * min(records, MAX_RECORDS) + 1)

    @classmethod
    def of_report(cls, records: int) -> "Shape":
        """Of a validator's report: pages of verdicts under one block."""
        return cls(depth=1, blocks=min(records, MAX_RECORDS) + 1)


def links_of(block: bytes) -> list[Digest]:
    """What a block of the ledger links to, in the order of its bytes; nothing if it is malformed.

    A link to a block of another kind than the ledger's is left out: whoever reads the DAG refuses
    it, and says so.
    """
    try:
        pending: list[Any] = [dagcbor.decode(block)]
    except dagcbor.MalformedBlockError:
        return []
    links: list[Digest] = []
    while pending:
        value = pending.pop()
        if isinstance(value, bytes):
            if len(value) == CID_BYTES and value.startswith(PREFIX):
                links.append(Digest(value[len(PREFIX) :]))
        elif isinstance(value, dict):
            pending.extend(reversed(value.values()))
        elif isinstance(value, list):
            pending.extend(reversed(value))
    return links
