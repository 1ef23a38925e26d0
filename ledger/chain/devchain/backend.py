"""eth-tester's py-evm backend on a chain that stays on disk.

eth-tester keeps its chain in memory and finds a transaction by scanning it. Here the chain is
reopened at its head, a block is built and written in one step, and py-evm's transaction index
answers where a transaction is.
"""

import os
import time
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth.abc import BlockAPI
from eth.abc import BlockHeaderAPI
from eth.abc import ReceiptAPI
from eth.abc import SignedTransactionAPI
from eth.abc import StateAPI
from eth.db.schema import SchemaV1
from eth.exceptions import HeaderNotFound
from eth.exceptions import TransactionNotFound
from eth.vm.forks.prague import PragueVM
from eth_keys.datatypes import PrivateKey
from eth_tester.backends.pyevm.main import PyEVMBackend  # type: ignore[import-untyped]
from eth_tester.backends.pyevm.serializers import serialize_transaction  # type: ignore[import-untyped]
from eth_tester.backends.pyevm.serializers import serialize_transaction_receipt
from eth_tester.exceptions import TransactionNotFound as TesterTransactionNotFound  # type: ignore[import-untyped]
from eth_typing import Address
from eth_typing import BlockNumber
from eth_typing import Hash32

from ledger.chain.devchain.accounts import ACCOUNT_COUNT
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.database import ChainDatabase
from ledger.chain.devchain.genesis import open_chain

_COINBASE = Address(bytes(20))


@dataclass(frozen=True)
class Mined:
    """A transaction with its place in the chain."""

    header: BlockHeaderAPI
    index: int
    transaction: SignedTransactionAPI


class DevChainBackend(PyEVMBackend):  # type: ignore[misc]
    """The chain in `database`; written from its first block on if the database is empty.

    Each mined block is one commit of the database: it is on disk when the call that mined it
    returns. ``EthereumTester`` can drive it too, as long as it mines automatically (its default):
    without snapshots there is no pending block to take apart again.

    Args:
        database: where the chain is kept; the caller closes it.
        chain_id: EIP-155 chain id; an existing chain must have the same.
        clock: seconds since the epoch, for the blocks' timestamps.

    Raises:
        DevChainDatabaseError: the database holds a chain with another id.
    """

    def __init__(
        self,
        database: ChainDatabase,
        chain_id: int,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.database = database
        self.chain_id = chain_id
        self._clock = clock
        self._next_timestamp = 0
        self._sent: list[SignedTransactionAPI] = []
        super().__init__()

    def reset_to_genesis(self, *_: Any, **__: Any) -> None:
        """Open the chain at its head. It is never reset: a chain starts with a new database."""
        self.account_keys = tuple(
            PrivateKey(bytes(dev_account(index).key)) for index in range(ACCOUNT_COUNT)
        )
        self.chain = open_chain(self.database, self.chain_id, int(self._clock()))

    @property
    def head(self) -> BlockHeaderAPI:
        """The header of the newest block."""
        return self.chain.chaindb.get_canonical_head()

    @property
    def genesis_hash(self) -> bytes:
        """Hash of the first block."""
        return self.chain.chaindb.get_canonical_block_hash(BlockNumber(0))

    def header_by_number(self, number: int) -> BlockHeaderAPI | None:
        """The header of a mined block, or None."""
        try:
            return self.chain.chaindb.get_canonical_block_header_by_number(BlockNumber(number))
        except HeaderNotFound:
            return None

    def header_by_hash(self, block_hash: bytes) -> BlockHeaderAPI | None:
        """The header of a mined block, or None."""
        # Trie nodes are stored under their hashes too; only a header has a score.
        if SchemaV1.make_block_hash_to_score_lookup_key(Hash32(block_hash)) not in self.database:
            return None
        return self.chain.chaindb.get_block_header_by_hash(Hash32(block_hash))

    def pending_header(self) -> BlockHeaderAPI:
        """The header that the next block starts from."""
        head = self.head
        return self.chain.create_header_from_parent(head, timestamp=self._timestamp_after(head))

    def block(self, header: BlockHeaderAPI) -> BlockAPI:
        """The whole block to a header."""
        return self.chain.get_block_by_header(header)

    def receipts(self, header: BlockHeaderAPI) -> tuple[ReceiptAPI, ...]:
        """The receipts of a block, in the order of its transactions."""
        builder = self.chain.get_vm_class(header).get_receipt_builder()
        return self.chain.chaindb.get_receipts(header, builder)

    def transaction_hashes(self, header: BlockHeaderAPI) -> tuple[bytes, ...]:
        """The hashes of a block's transactions."""
        return self.chain.chaindb.get_block_transaction_hashes(header)

    def find_transaction(self, transaction_hash: bytes) -> Mined | None:
        """The mined transaction of that hash, or None, from py-evm's transaction index."""
        try:
            number, index = self.chain.chaindb.get_transaction_index(Hash32(transaction_hash))
        except TransactionNotFound:
            return None
        header = self.chain.chaindb.get_canonical_block_header_by_number(number)
        transaction = self.chain.get_canonical_transaction_by_index(number, index)
        return Mined(header, index, transaction)

    def state(self, header: BlockHeaderAPI) -> StateAPI:
        """The accounts as they are after that block; changes to it are never written."""
        return self.chain.get_vm(header).state

    def decode_transaction(self, raw: bytes) -> SignedTransactionAPI:
        """A transaction from its EIP-2718 envelope or legacy RLP."""
        return PragueVM.get_transaction_builder().decode(raw)

    def mine(self, transactions: Sequence[SignedTransactionAPI] = ()) -> BlockAPI:
        """Put a block on the head, on disk when this returns.

        Raises:
            eth_utils.ValidationError: a transaction cannot be part of it; nothing is written.
        """
        try:
            with self.database.transaction():
                block = self._build_block(transactions)
                self.chain.chaindb.persist_block(block)
        finally:
            # The base class reads the next block's header from here, mined or not.
            self.chain.header = self.chain.create_header_from_parent(self.head)
        self._next_timestamp = 0
        return block

    def set_next_timestamp(self, timestamp: int) -> None:
        """The next block is stamped so (seconds since the epoch), to pass a delay in a trial.

        Raises:
            ValueError: it is not later than the head.
        """
        if timestamp <= self.head.timestamp:
            raise ValueError(f"{timestamp} is not after the head's {self.head.timestamp}")
        self._next_timestamp = timestamp

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = _COINBASE) -> tuple[bytes, ...]:  # noqa: ARG002 - fees go to one address here
        """Mine blocks, the first with what was sent since the last; their hashes."""
        sent, self._sent = self._sent, []
        return tuple(
            self.mine(sent if position == 0 else ()).hash for position in range(num_blocks)
        )

    def send_raw_transaction(self, raw_transaction: bytes) -> bytes:
        """Take a signed transaction into the block that is mined next; its hash."""
        return self._send(self.decode_transaction(raw_transaction))

    def send_signed_transaction(
        self, signed_transaction: dict[str, Any], block_number: str = "latest"
    ) -> bytes:
        """The same for one given by its fields and signature."""
        normalized = self._normalize_transaction(signed_transaction, block_number)
        return self._send(self._create_type_aware_signed_transaction(normalized))

    def send_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The same, signed with a development account."""
        return self._send(self._get_normalized_and_signed_evm_transaction(transaction))

    def get_transaction_by_hash(self, transaction_hash: bytes) -> Any:
        """eth-tester's form of a transaction, found by the index."""
        mined = self._find_or_raise(transaction_hash)
        return serialize_transaction(
            self.block(mined.header), mined.transaction, mined.index, False
        )

    def get_transaction_receipt(self, transaction_hash: bytes) -> Any:
        """eth-tester's form of a receipt, found by the index."""
        mined = self._find_or_raise(transaction_hash)
        return serialize_transaction_receipt(
            self.block(mined.header),
            self.receipts(mined.header),
            mined.transaction,
            mined.index,
            False,
            self.chain.get_vm(mined.header),
        )

    def take_snapshot(self) -> bytes:
        """Not offered: going back would take blocks away that were promised to be kept."""
        raise NotImplementedError("a chain on disk has no snapshots; start a new file instead")

    def revert_to_snapshot(self, snapshot: bytes) -> None:
        """Not offered, as :meth:`take_snapshot`."""
        raise NotImplementedError("a chain on disk has no snapshots; start a new file instead")

    def time_travel(self, to_timestamp: int) -> int:
        """Mine an empty block with that timestamp."""
        self.set_next_timestamp(to_timestamp)
        self.mine()
        return to_timestamp

    def _send(self, transaction: SignedTransactionAPI) -> bytes:
        self._sent.append(transaction)
        return bytes(transaction.hash)

    def _find_or_raise(self, transaction_hash: bytes) -> Mined:
        mined = self.find_transaction(transaction_hash)
        if mined is None:
            raise TesterTransactionNotFound(f"no transaction has hash 0x{transaction_hash.hex()}")
        return mined

    def _build_block(self, transactions: Sequence[SignedTransactionAPI]) -> BlockAPI:
        head = self.head
        # PREVRANDAO and the coinbase are part of what transactions see, so they are set before
        # execution (py-evm's and eth-tester's own mining set them afterwards).
        header = self.chain.create_header_from_parent(
            head,
            timestamp=self._timestamp_after(head),
            coinbase=_COINBASE,
            mix_hash=os.urandom(32),
        )
        vm = self.chain.get_vm(header)
        executed, receipts, _ = vm.apply_all_transactions(transactions, header)
        filled = vm.set_block_transactions_and_withdrawals(
            vm.get_block(), executed, tuple(transactions), receipts
        )
        return vm.mine_block(filled).block

    def _timestamp_after(self, parent: BlockHeaderAPI) -> int:
        # Whole seconds, strictly increasing: many blocks in one second run ahead of the clock.
        return max(self._next_timestamp, int(self._clock()), parent.timestamp + 1)


def base_fee(header: BlockHeaderAPI) -> int:
    """What a unit of gas costs at least in that block, in wei (EIP-1559)."""
    fee = header.base_fee_per_gas
    assert fee is not None
    return fee
