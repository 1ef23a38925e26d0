"""The carrier brings submissions out of the outbox onto the chain.

It can be killed between any two lines. Each step begins by looking at what is on disk and on
chain, so running it again goes on where it stopped; the sender sees to it that one purpose is one
transaction, and that a (publisher, root) anchors once, which the contract enforces, is the last
guard against a second anchor.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from functools import partial

from filelock import FileLock
from hexbytes import HexBytes
from web3.exceptions import Web3Exception
from web3.logs import DISCARD
from web3.types import TxReceipt

from ledger.anchor import batch as batches
from ledger.anchor.outbox import Outbox
from ledger.anchor.outbox.batches import BatchState
from ledger.anchor.outbox.batches import OutboundBatch
from ledger.chain import rpc
from ledger.chain.contracts import LedgerContracts
from ledger.chain.finality import final_block
from ledger.chain.sender import RevertedError
from ledger.chain.sender import Sender
from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.store.blocks import BlockStore

Observer = Callable[[str], None]
"""Told the name of each step just after it is durable."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one round did.

    Attributes:
        built: batches built of waiting submissions.
        anchored: batches found in a block.
        waiting: batches that are not anchored yet.
        problems: what keeps them, in words.
    """

    built: int
    anchored: int
    waiting: int
    problems: tuple[str, ...]


class Carrier:
    """Builds batches, anchors them, and follows them until they are final."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        store: BlockStore,
        contracts: LedgerContracts,
        sender: Sender,
        lock: FileLock,
        max_records: int,
        confirmations: int | None,
        providers: Sequence[str] = (),
        observer: Observer = lambda _: None,
    ) -> None:
        self._outbox = outbox
        self._store = store
        self._contracts = contracts
        self._sender = sender
        self._lock = lock
        self._max_records = max_records
        self._confirmations = confirmations
        self._providers = providers
        self._observe = observer
        self._anchored = 0

    def step(self) -> Carried:
        """Bring everything as far as it goes now, without waiting for blocks.

        One process per home does this at a time: two would build the same submissions twice.
        """
        with self._lock:
            self._anchored = 0
            self._reopen()
            built, problems = self._build()
            for batch in self._outbox.batches.all(BatchState.BUILT):
                self._attempt(batch, self._anchor)
            self._settle_all()
            waiting = self._outbox.batches.all(BatchState.BUILT)
        return Carried(
            built=built,
            anchored=self._anchored,
            waiting=len(waiting),
            problems=(*problems, *(batch.problem for batch in waiting if batch.problem)),
        )

    def _build(self) -> tuple[int, list[str]]:
        """Build batches of what waits; returns how many, and what went wrong with others."""
        built = 0
        problems = []
        for group in self._groups():
            try:
                self._build_one(group)
                built += 1
            except PerfledgerError as error:
                problems.append(error.message)
        return built, problems

    def _groups(self) -> list[list[str]]:
        """Waiting submissions, gathered up to the size of a batch; one is never split."""
        groups: list[list[str]] = []
        records = 0
        for identifier, count in self._outbox.records.unbatched():
            if not groups or records + count > self._max_records:
                groups.append([])
                records = 0
            groups[-1].append(identifier)
            records += count
        return groups

    def _build_one(self, identifiers: list[str]) -> None:
        submissions = [self._outbox.records.read(identifier) for identifier in identifiers]
        batch = batches.gather(self._contracts.deployment.submission_domain, submissions)
        blocks = list(batches.blocks(batch, self._providers))
        self._store.put_many(blocks)
        self._observe("blocks of the batch stored")
        self._outbox.batches.add(
            batch_id=batches.batch_id(self._sender.address, batch.root),
            root=batch.root,
            manifest=blocks[-1][0],
            count=batch.count,
            publisher=self._sender.address,
            submissions=identifiers,
        )
        self._observe("batch built")

    def _attempt(self, batch: OutboundBatch, action: Callable[[OutboundBatch], None]) -> None:
        """One batch in trouble must not hold up the others."""
        try:
            action(batch)
        except PerfledgerError as error:
            self._outbox.batches.mark_problem(batch.id, error.message)
        except Web3Exception as error:
            self._outbox.batches.mark_problem(batch.id, f"the node refuses: {error}")
        else:
            if batch.problem:
                self._outbox.batches.mark_problem(batch.id, "")

    def _anchor(self, batch: OutboundBatch) -> None:
        """Bring the transaction that anchors a batch further."""
        if batch.publisher != self._sender.address:
            if self._adopt(batch) or self._follow_another_key(batch):
                return
            batch = self._take_over(batch)
        call = self._contracts.registry.functions.anchor(batch.root, batch.count, batch.manifest)
        try:
            receipt = self._sender.advance(_purpose(batch), call)
            if receipt is not None:
                self._require_anchor(batch, receipt)
        except RevertedError:
            if self._adopt(batch):
                return
            raise
        finally:
            self._note_transaction(batch)
        if receipt is not None:
            self._mark_anchored(batch, receipt)

    def _require_anchor(self, batch: OutboundBatch, receipt: TxReceipt) -> None:
        """A call to an address without code succeeds too, and anchors nothing."""
        events = self._contracts.registry.events.Anchored().process_receipt(receipt, DISCARD)
        if not any(
            event["args"]["batchId"] == batch.id
            and event["address"] == self._contracts.registry.address
            for event in events
        ):
            self._sender.forget(_purpose(batch))
            raise UnavailableError(
                "the transaction succeeded, and the registry anchored nothing",
                hint="Is this still the chain of the deployment? `perfledger chain check` looks.",
            )

    def _note_transaction(self, batch: OutboundBatch) -> None:
        on_its_way = self._sender.hash_of(_purpose(batch))
        if on_its_way != batch.transaction_hash:
            self._outbox.batches.mark_sent(batch.id, on_its_way)

    def _follow_another_key(self, batch: OutboundBatch) -> bool:
        """Whether the key used before has anchored it now; False if that key never signed for it.

        Raises:
            UnavailableError: it has signed, and what was sent can be mined at any time.
        """
        if not self._sender.resend(_purpose(batch), sender=batch.publisher):
            return False
        if self._adopt(batch):
            return True
        raise UnavailableError(
            f"it waits for a transaction of {batch.publisher}, the key used before; should that "
            "never be mined, use that key again, and it is replaced"
        )

    def _take_over(self, batch: OutboundBatch) -> OutboundBatch:
        """The node has another key than when the batch was built, and the id names the key."""
        publisher = self._sender.address
        taken = self._outbox.batches.republish(
            batch.id, new_id=batches.batch_id(publisher, batch.root), publisher=publisher
        )
        self._observe("batch taken over")
        return taken

    def _adopt(self, batch: OutboundBatch) -> bool:
        """Whether the batch is anchored after all, by a transaction whose answer was lost."""
        found = self._contracts.registry.functions.batch(batch.id).call()
        block_number = found[0]
        if not block_number:
            return False
        logs = self._contracts.registry.events.Anchored.get_logs(
            from_block=block_number,
            to_block=block_number,
            argument_filters={"batchId": batch.id},
        )
        if not logs:
            return False
        receipt = self._sender.receipt(bytes(HexBytes(logs[0]["transactionHash"])))
        if receipt is None:
            return False
        self._mark_anchored(batch, receipt)
        return True

    def _mark_anchored(self, batch: OutboundBatch, receipt: TxReceipt) -> None:
        self._outbox.batches.mark_anchored(
            batch.id,
            transaction_hash=bytes(receipt["transactionHash"]),
            block_number=receipt["blockNumber"],
            block_hash=bytes(receipt["blockHash"]),
            gas_used=receipt["gasUsed"],
        )
        self._anchored += 1
        self._observe("batch anchored")

    def _reopen(self) -> None:
        """Follow batches again whose block was final and left the chain all the same.

        It happens where fewer confirmations are waited for than the network goes back. Batches are
        looked at from the highest block on, until one is still there.
        """
        while (batch := self._outbox.batches.newest_final()) is not None:
            if not self._was_undone(batch, self._block_hashes([batch])):
                return
            self._outbox.batches.mark_reopened(batch.id)

    def _was_undone(self, batch: OutboundBatch, blocks: Mapping[int, bytes]) -> bool:
        """Whether the chain has another block where the batch was anchored.

        A node that has no block there at all lags behind, and says nothing about it.
        """
        assert batch.block_number is not None
        found = blocks.get(batch.block_number)
        return found is not None and found != batch.block_hash

    def _block_hashes(self, batches: Iterable[OutboundBatch]) -> dict[int, bytes]:
        """Hashes of the blocks that anchored them by number, as the chain has them now."""
        numbers = sorted({each.block_number for each in batches if each.block_number is not None})
        answers = rpc.ask(
            self._sender.w3, [("eth_getBlockByNumber", [hex(each), False]) for each in numbers]
        )
        blocks = dict(zip(numbers, map(rpc.result, answers), strict=True))
        return {
            number: bytes(HexBytes(block["hash"]))
            for number, block in blocks.items()
            if block is not None
        }

    def _settle_all(self) -> None:
        anchored = self._outbox.batches.all(BatchState.ANCHORED)
        if anchored:
            w3 = self._sender.w3
            final = final_block(w3, self._confirmations, head=w3.eth.block_number)
            blocks = self._block_hashes(anchored)
            for batch in anchored:
                self._attempt(batch, partial(self._settle, final=final, blocks=blocks))

    def _settle(self, batch: OutboundBatch, *, final: int, blocks: Mapping[int, bytes]) -> None:
        """Final once deep enough; back to following when its block left the chain."""
        assert batch.block_number is not None
        if self._was_undone(batch, blocks):
            self._outbox.batches.mark_undone(batch.id)
            self._anchor(replace(batch, transaction_hash=None))
        elif batch.block_number <= final:
            self._outbox.batches.mark_final(batch.id)
            self._observe("batch final")
            self._sender.forget(_purpose(batch))


def _purpose(batch: OutboundBatch) -> str:
    return f"anchor 0x{batch.id.hex()}"
