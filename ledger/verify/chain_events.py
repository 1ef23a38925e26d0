"""Finding a batch's events on chain, and proving their receipts."""

from collections.abc import Mapping
from typing import Any

from ledger.chain.headers import as_int
from ledger.chain.receipts import encode_receipt
from ledger.chain.trie import prove_item
from ledger.errors import UnavailableError
from ledger.validate.report import Report
from ledger.verify import slots
from ledger.verify.events import ANCHORED
from ledger.verify.events import ATTESTED
from ledger.verify.events import Anchored
from ledger.verify.events import Attested
from ledger.verify.events import decode_anchored
from ledger.verify.events import decode_attested
from ledger.verify.format import EventPart
from ledger.verify.policy import Contracts
from ledger.verify.reader import ChainReader
from ledger.verify.reader import log_of


class InconsistentChainError(UnavailableError):
    """A node's answers do not fit together; its word alone is not taken."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"the node's answers do not fit together: {fault}",
            hint="The chain may just have been reorganised: try again. If it stays, compare with "
            "another node.",
        )


class BatchEvents:
    """Events of one batch up to a block, each with its receipt's proof."""

    def __init__(
        self, chain: ChainReader, contracts: Contracts, batch_id: bytes, head: int
    ) -> None:
        self._chain = chain
        self._contracts = contracts
        self._batch_id = batch_id
        self._head = head

    def anchor(self) -> tuple[EventPart, Anchored] | None:
        """Where the batch was anchored, and what the event says; None: not yet.

        Raises:
            InconsistentChainError: the node's answers do not fit together.
        """
        registry = self._contracts.registry
        word = self._chain.storage(registry, slots.batch_slot(self._batch_id), self._head)
        block = slots.anchor_block_of(int.from_bytes(word, "big"))
        if block == 0:
            return None
        for log in self._chain.logs(registry, [ANCHORED, self._batch_id], block, block):
            if event := decode_anchored(log_of(log)):
                return self._place(log), event
        raise InconsistentChainError(f"the node has no event of the anchor in block {block}")

    def attested(
        self, report: Report, first: int, known: int | None
    ) -> tuple[EventPart, Attested] | None:
        """Where a report was attested, and what the event says; None: not yet.

        Args:
            report: the validator's.
            first: block to search from.
            known: block it is in, where known.

        Raises:
            InconsistentChainError: the node's answers do not fit together.
        """
        validator = bytes.fromhex(report.validator[2:])
        topics = [ATTESTED, self._batch_id, validator.rjust(32, b"\0")]
        start, end = (first, self._head) if known is None else (known, known)
        for log in self._chain.logs(self._contracts.attestations, topics, start, end):
            event = decode_attested(log_of(log))
            if event and (event.sequence, event.root) == (report.sequence, report.root):
                return self._place(log), event
        return None

    def _place(self, log: Mapping[str, Any]) -> EventPart:
        number, index = as_int(log["blockNumber"]), as_int(log["transactionIndex"])
        receipts = self._chain.receipts(number)
        if index >= len(receipts) or not receipts[index]["logs"]:
            raise InconsistentChainError(f"block {number} has no receipt of an event it has")
        _, nodes = prove_item([encode_receipt(receipt) for receipt in receipts], index)
        first = as_int(receipts[index]["logs"][0]["logIndex"])
        return EventPart(
            block=number, receipt=index, log=as_int(log["logIndex"]) - first, nodes=tuple(nodes)
        )
