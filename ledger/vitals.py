"""The figures by which an operator sees whether a node is well; reading them asks nobody else."""

from dataclasses import dataclass

from ledger.index.feed import Position


@dataclass(frozen=True, slots=True)
class Vitals:
    """How a node is.

    Attributes:
        position: how far its index is.
        unsigned_records: acknowledged records that no submission holds yet.
        unbatched_submissions: signed submissions that no batch holds yet.
        outbox_batches: batches of this node, by state.
        peers_known: other nodes.
        peers_answering: those of them that answered lately.
        missing_dags: what should be here and is not.
        batches_at_risk: batches that are on one node or none.
    """

    position: Position
    unsigned_records: int
    unbatched_submissions: int
    outbox_batches: dict[str, int]
    peers_known: int
    peers_answering: int
    missing_dags: int
    batches_at_risk: int

    @property
    def indexed_block(self) -> int | None:
        """The last block that was followed."""
        return self.position.indexed_block

    @property
    def head_block(self) -> int | None:
        """The chain's newest block that was seen."""
        return self.position.head_block

    @property
    def final_block(self) -> int | None:
        """The newest block that cannot go back any more."""
        return self.position.final_block

    @property
    def lag_blocks(self) -> int | None:
        """How far the index is behind what was seen of the chain."""
        if self.head_block is None or self.indexed_block is None:
            return None
        return max(0, self.head_block - self.indexed_block)
