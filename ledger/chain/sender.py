"""Transactions of one key: priced, signed, kept, sent, and replaced while they are stuck."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Protocol

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError
from web3.exceptions import TransactionNotFound
from web3.exceptions import Web3RPCError
from web3.types import Nonce
from web3.types import TxReceipt

from ledger.chain import rpc
from ledger.chain.fees import FeePolicy
from ledger.chain.journal import Attempt
from ledger.chain.journal import TransactionJournal
from ledger.chain.offers import Fees
from ledger.chain.refusals import Refusal
from ledger.chain.refusals import refusal
from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError

GAS_MARGIN = 1.2
"""Gas offered over the estimate: the state may differ by the time the transaction is mined."""

PATIENCE_BLOCKS = 6
"""Blocks that a transaction may wait before it is replaced by one that offers more."""

FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.05, 2.0
"""Between two looks for a receipt."""

MOST_POOLED = 1_000
"""A node that claims to hold more transactions of one key than this is not believed."""

_DEFINITE = frozenset({Refusal.NO_FUNDS, Refusal.FEE_TOO_LOW})
"""Refusals after which a new transaction is in no pool: it can be signed anew."""

_MOST_CHARACTERS = 200
"""Of what a node says."""


class TransactionSigner(Protocol):
    """Whoever can sign a transaction."""

    @property
    def address(self) -> str:
        """EIP-55 address of the key."""

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed transaction as the network takes it (EIP-2718)."""


class RevertedError(PerfledgerError):
    """The contract refuses the call."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            hint="May this key do that now, or has what it relied on changed? `perfledger chain "
            "info` names the contracts, and contracts/README.md says what each of them refuses.",
        )


class OutOfFundsError(PerfledgerError):
    """The key cannot pay for the transaction."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} cannot pay for the transaction",
            hint="Send it some ether; what is on its way goes on by itself afterwards.",
        )


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a key stands.

    Attributes:
        mined: how many of its transactions are in blocks.
        pooled: the same, with those that the node holds for later blocks.
        is_known: whether the node has the newest attempt.
        head: number of the newest block.
        receipt: of one of the attempts that were asked about.
    """

    mined: int
    pooled: int
    is_known: bool
    head: int
    receipt: TxReceipt | None

    def is_stuck(self, attempt: Attempt) -> bool:
        return self.head - attempt.signed_at_block >= PATIENCE_BLOCKS


class Sender:
    """Brings the transactions of one key into blocks, each exactly once.

    Processes of one home that share a key take turns. Another home may use the same key: whose
    nonce is taken by the other signs anew.

    Args:
        w3: the chain.
        signer: the key.
        journal: where signed transactions are kept.
        chain_id: what every transaction is signed for, whatever the node says.
        max_fee_gwei: most that is offered per unit of gas.
        observer: told of each step just after it is durable.
    """

    def __init__(
        self,
        w3: Web3,
        signer: TransactionSigner,
        *,
        journal: TransactionJournal,
        chain_id: int,
        max_fee_gwei: int,
        observer: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.w3 = w3
        self.signer = signer
        self._journal = journal
        self._chain_id = chain_id
        self._fees = FeePolicy(w3, cap_gwei=max_fee_gwei)
        self._observe = observer

    @property
    def address(self) -> str:
        """EIP-55 address of the key that pays."""
        return self.signer.address

    def hash_of(self, purpose: str, *, sender: str | None = None) -> bytes | None:
        """The hash of the transaction that is on its way for a purpose, newest attempt."""
        attempts = self._journal.attempts(sender or self.address, purpose)
        return attempts[0].hash if attempts else None

    def advance(self, purpose: str, call: ContractFunction, *, value: int = 0) -> TxReceipt | None:
        """Bring the transaction for a purpose as far as it goes now, without waiting for blocks.

        It is signed if there is none yet, sent again if there is one, and replaced by one that
        offers more if it has waited `PATIENCE_BLOCKS`.

        Args:
            purpose: names what the transaction does, once and for all: calling again with the same
                one goes on with the same transaction.
            call: what it does.
            value: wei sent along.

        Returns:
            The receipt once it is mined. Until `forget`, it is found again should the chain be
            reorganised.

        Raises:
            RevertedError: the contract refuses the call, or refused it in its block.
            OutOfFundsError: the key cannot pay for it.
            FeeTooHighError: the network asks for more than is allowed.
            UnavailableError: the node refuses it for another reason.
        """
        with self._journal.turn(self.address):
            attempts = self._journal.attempts(self.address, purpose)
            standing = self._look(attempts)
            if standing.receipt is not None:
                return self._succeeded(purpose, standing.receipt)
            if attempts and self._is_lost(attempts[0], standing):
                self._journal.forget(self.address, purpose)
                attempts = []
            fresh = not attempts
            if fresh:
                nonce = self._free_nonce(standing)
                attempts = [self._sign(purpose, call, value, nonce, standing.head)]
            if fresh or not standing.is_known:
                self._send(attempts[0], standing, fresh=fresh)
            self._unblock(standing)
            receipt = self._look(self._journal.attempts(self.address, purpose)).receipt
            return None if receipt is None else self._succeeded(purpose, receipt)

    def transact(
        self, purpose: str, call: ContractFunction, *, value: int = 0, timeout_seconds: float = 120
    ) -> TxReceipt:
        """Bring the transaction for a purpose into a block, and forget it.

        Raises:
            UnavailableError: it is not mined in time; it may still be later.
            PerfledgerError: as `advance`.
        """
        deadline = time.monotonic() + timeout_seconds
        pause = FIRST_POLL_SECONDS
        while (receipt := self.advance(purpose, call, value=value)) is None:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"the transaction to {purpose} is not mined after {timeout_seconds:.0f} s",
                    hint="It may still be; the same command goes on where this one stopped.",
                )
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL_SECONDS)
        self.forget(purpose)
        return receipt

    def forget(self, purpose: str) -> None:
        """Let go of a transaction that is final, or not wanted any more."""
        self._journal.forget(self.address, purpose)

    def resend(self, purpose: str, *, sender: str) -> bool:
        """Send the transaction of a key that this node may no longer have.

        Returns:
            Whether it can be mined, or is. Where it cannot, it is forgotten.
        """
        attempts = self._journal.attempts(sender, purpose)
        if not attempts:
            return False
        standing = self._look(attempts, sender)
        if standing.receipt is None and standing.mined > attempts[0].nonce:
            self._journal.forget(sender, purpose)
            return False
        self._hand_over(attempts[0].raw)
        return True

    def receipt(self, transaction_hash: bytes) -> TxReceipt | None:
        """The receipt of a transaction, once it is mined."""
        try:
            return self.w3.eth.get_transaction_receipt(HexBytes(transaction_hash))
        except TransactionNotFound:
            return None

    def _is_lost(self, attempt: Attempt, standing: "_Standing") -> bool:
        """Whether it cannot be mined: its nonce was used, or a lower one will never be.

        A gap is where the node holds nothing at the key's next nonce, and neither does the
        journal: what was there was dropped, or is another home's on another node. The first
        transaction above it takes its place.
        """
        if standing.mined > attempt.nonce:
            return True
        if not standing.is_stuck(attempt):
            return False  # a node that lags sees gaps where there are none
        nonces = self._journal.nonces(self.address, standing.mined)
        return standing.pooled <= standing.mined < nonces[0] == attempt.nonce

    def _free_nonce(self, standing: "_Standing") -> int:
        """The lowest nonce that neither the journal nor the node has a transaction for."""
        taken = set(self._journal.nonces(self.address, standing.mined))
        nonce = standing.mined
        while nonce in taken or nonce < standing.pooled <= standing.mined + MOST_POOLED:
            nonce += 1
        return nonce

    def _unblock(self, standing: "_Standing") -> None:
        """Replace the transaction that all others of the key wait for, once it is stuck.

        Whoever has something to send does it: what the stuck one was for may be settled.
        """
        attempts = self._journal.at(self.address, standing.mined)
        if not attempts or not standing.is_stuck(attempts[0]):
            return
        stuck = attempts[0]
        self._hand_over(stuck.raw)  # fees may allow no other
        transaction = dict(TypedTransaction.from_bytes(HexBytes(stuck.raw)).as_dict())
        for name in ("v", "r", "s"):
            del transaction[name]
        fees = self._fees.outbid(stuck.fees)
        replacement = self._signed(stuck.purpose, transaction, fees, standing.head)
        self._send(replacement, standing, fresh=True)

    def _look(self, attempts: list[Attempt], address: str | None = None) -> "_Standing":
        """Where a key (the own, unless it is named) and some attempts stand, in one round trip.

        Receipts are asked for after the counts: one of ours may be mined in between.
        """
        address = address or self.address
        newest = attempts[0].hash if attempts else bytes(32)
        mined, pooled, head, known, *receipts = map(
            rpc.result,
            rpc.ask(
                self.w3,
                [
                    ("eth_getTransactionCount", [address, "latest"]),
                    ("eth_getTransactionCount", [address, "pending"]),
                    ("eth_blockNumber", []),
                    ("eth_getTransactionByHash", ["0x" + newest.hex()]),
                    *(("eth_getTransactionReceipt", ["0x" + each.hash.hex()]) for each in attempts),
                ],
            ),
        )
        found = next((place for place, receipt in enumerate(receipts) if receipt is not None), None)
        try:
            counted, pooled_, number = (int(each, 16) for each in (mined, pooled, head))
        except (TypeError, ValueError) as error:
            raise UnavailableError(
                "the node does not say how many transactions the key has sent",
                hint="It is asked again by itself; `perfledger doctor` looks at the node.",
            ) from error
        return _Standing(
            mined=counted,
            pooled=pooled_,
            is_known=known is not None,
            head=number,
            receipt=None if found is None else self.receipt(attempts[found].hash),
        )

    def _succeeded(self, purpose: str, receipt: TxReceipt) -> TxReceipt:
        if not receipt["status"]:
            self._journal.forget(self.address, purpose)
            raise RevertedError("the transaction was reverted")
        return receipt

    def _sign(
        self, purpose: str, call: ContractFunction, value: int, nonce: int, head: int
    ) -> Attempt:
        sender = self.w3.to_checksum_address(self.address)
        gas = int(self._estimate(call, sender, value) * GAS_MARGIN)
        fees = self._fees.price()
        transaction = call.build_transaction(
            {
                "from": sender,
                "nonce": Nonce(nonce),
                "gas": gas,
                "maxFeePerGas": self.w3.to_wei(fees.most, "wei"),
                "maxPriorityFeePerGas": self.w3.to_wei(fees.priority, "wei"),
                "chainId": self._chain_id,
                "value": self.w3.to_wei(value, "wei"),
            }
        )
        return self._signed(purpose, dict(transaction), fees, head)

    def _signed(self, purpose: str, transaction: dict[str, Any], fees: Fees, head: int) -> Attempt:
        """Sign a transaction with these fees, and keep it."""
        priced = {"maxFeePerGas": fees.most, "maxPriorityFeePerGas": fees.priority}
        raw = self.signer.sign_transaction({**transaction, **priced})
        attempt = Attempt(purpose, int(transaction["nonce"]), raw, keccak(raw), fees, head)
        self._journal.keep(self.address, attempt)
        self._observe("transaction signed")
        return attempt

    def _estimate(self, call: ContractFunction, sender: Any, value: int) -> int:
        try:
            return call.estimate_gas({"from": sender, "value": self.w3.to_wei(value, "wei")})
        except ContractLogicError as error:
            raise RevertedError(f"the contract refuses: {describe(error)}") from error
        except Web3RPCError as error:
            raise self._refused(error) from error

    def _send(self, attempt: Attempt, standing: "_Standing", *, fresh: bool) -> None:
        """Hand a transaction to the node, after those of the key that it lacks.

        One that no node has had yet is dropped where the node refuses it; the others may be in a
        pool, whatever this node says.
        """
        for earlier in reversed(self._journal.before(self.address, attempt.nonce)):
            if earlier.nonce >= standing.pooled:
                self._hand_over(earlier.raw)
        error = self._hand_over(attempt.raw)
        if error is None:
            return
        kind = refusal(error)
        if kind is Refusal.UNDERPRICED and len(self._journal.at(self.address, attempt.nonce)) > 1:
            return  # another attempt of ours is in the pool, and will do
        if kind is Refusal.UNDERPRICED or (fresh and kind in _DEFINITE):
            self._journal.drop(self.address, attempt)
        raise self._refused(error) from error

    def _hand_over(self, raw: bytes) -> Web3RPCError | None:
        """Send; returns why the node does not take it, if that means that it has no use for it."""
        try:
            self.w3.eth.send_raw_transaction(raw)
        except Web3RPCError as error:
            # One that it knows is on its way; whose nonce is used is mined, or gone next time.
            if refusal(error) not in {Refusal.KNOWN, Refusal.NONCE_USED}:
                return error
        return None

    def _refused(self, error: Web3RPCError) -> PerfledgerError:
        if refusal(error) is Refusal.NO_FUNDS:
            return OutOfFundsError(self.address)
        return UnavailableError(
            f"the node refuses the transaction: {str(error)[:_MOST_CHARACTERS]}",
            hint="It is tried again by itself; `perfledger doctor` looks at the node.",
        )


def describe(error: ContractLogicError) -> str:
    """What a contract says when it refuses, in as many words as it gives."""
    return str(error.message or error.data or error)[:_MOST_CHARACTERS]
