"""Transactions of one key: priced, signed, kept, sent, and replaced while they are stuck."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Protocol

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
from ledger.chain.fees import Fees
from ledger.chain.journal import Attempt
from ledger.chain.journal import TransactionJournal
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

_DEFINITE = frozenset({Refusal.NO_FUNDS, Refusal.FEE_TOO_LOW})
"""Refusals after which the transaction is in no pool: it can be signed anew."""


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
        waited = self.head - attempt.signed_at_block
        return waited >= PATIENCE_BLOCKS and self.mined == attempt.nonce


class Sender:
    """Brings the transactions of one key into blocks, each exactly once.

    Processes of one home that share a key take turns. Another home may use the same key: whose
    nonce is taken by the other signs anew.

    Args:
        w3: the chain.
        signer: the key.
        journal: where signed transactions are kept.
        max_fee_gwei: most that is offered per unit of gas.
        observer: told of each step just after it is durable.
    """

    def __init__(
        self,
        w3: Web3,
        signer: TransactionSigner,
        *,
        journal: TransactionJournal,
        max_fee_gwei: int,
        observer: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.w3 = w3
        self.signer = signer
        self._journal = journal
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
            if attempts and standing.mined > attempts[0].nonce:
                # Another transaction of the key took the nonce: this one can never be mined.
                self._journal.forget(self.address, purpose)
                attempts = []
            if not attempts:
                nonce = max(standing.pooled, self._journal.next_nonce(self.address))
                attempts = [self._sign(purpose, call, value, nonce, self._fees.price())]
            elif standing.is_stuck(attempts[0]):
                stuck = attempts[0]
                self._send(purpose, stuck, standing)  # fees may allow no other
                fees = self._fees.outbid(stuck.fees)
                attempts.insert(0, self._sign(purpose, call, value, stuck.nonce, fees))
            elif standing.is_known:
                return None
            self._send(purpose, attempts[0], standing)
            receipt = self._look(attempts).receipt
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

    def resend(self, purpose: str, *, sender: str) -> None:
        """Send the transaction of a key that this node may no longer have."""
        for attempt in self._journal.attempts(sender, purpose)[:1]:
            self._hand_over(attempt.raw)

    def receipt(self, transaction_hash: bytes) -> TxReceipt | None:
        """The receipt of a transaction, once it is mined."""
        try:
            return self.w3.eth.get_transaction_receipt(HexBytes(transaction_hash))
        except TransactionNotFound:
            return None

    def _look(self, attempts: list[Attempt]) -> "_Standing":
        """Where the key and some attempts stand, in one round trip.

        Receipts are asked for after the counts: one of ours may be mined in between.
        """
        newest = attempts[0].hash if attempts else bytes(32)
        mined, pooled, head, known, *receipts = map(
            rpc.result,
            rpc.ask(
                self.w3,
                [
                    ("eth_getTransactionCount", [self.address, "latest"]),
                    ("eth_getTransactionCount", [self.address, "pending"]),
                    ("eth_blockNumber", []),
                    ("eth_getTransactionByHash", ["0x" + newest.hex()]),
                    *(("eth_getTransactionReceipt", ["0x" + each.hash.hex()]) for each in attempts),
                ],
            ),
        )
        found = next((place for place, receipt in enumerate(receipts) if receipt is not None), None)
        return _Standing(
            mined=int(mined, 16),
            pooled=int(pooled, 16),
            is_known=known is not None,
            head=int(head, 16),
            receipt=None if found is None else self.receipt(attempts[found].hash),
        )

    def _succeeded(self, purpose: str, receipt: TxReceipt) -> TxReceipt:
        if not receipt["status"]:
            self._journal.forget(self.address, purpose)
            raise RevertedError("the transaction was reverted")
        return receipt

    def _sign(
        self, purpose: str, call: ContractFunction, value: int, nonce: int, fees: Fees
    ) -> Attempt:
        sender = self.w3.to_checksum_address(self.address)
        gas = int(self._estimate(call, sender, value) * GAS_MARGIN)
        transaction = call.build_transaction(
            {
                "from": sender,
                "nonce": Nonce(nonce),
                "gas": gas,
                "maxFeePerGas": self.w3.to_wei(fees.most, "wei"),
                "maxPriorityFeePerGas": self.w3.to_wei(fees.priority, "wei"),
                "chainId": self.w3.eth.chain_id,
                "value": self.w3.to_wei(value, "wei"),
            }
        )
        raw = self.signer.sign_transaction(dict(transaction))
        attempt = Attempt(nonce, raw, keccak(raw), fees, self._look([]).head)
        self._journal.keep(self.address, purpose, attempt)
        self._observe("transaction signed")
        return attempt

    def _estimate(self, call: ContractFunction, sender: Any, value: int) -> int:
        try:
            return call.estimate_gas({"from": sender, "value": self.w3.to_wei(value, "wei")})
        except ContractLogicError as error:
            raise RevertedError(f"the contract refuses: {describe(error)}") from error
        except Web3RPCError as error:
            raise self._refused(error) from error

    def _send(self, purpose: str, attempt: Attempt, standing: "_Standing") -> None:
        """Hand a transaction to the node, after those of the key that it lacks."""
        for earlier in reversed(self._journal.before(self.address, attempt.nonce)):
            if earlier.nonce >= standing.pooled:
                self._hand_over(earlier.raw)
        error = self._hand_over(attempt.raw)
        if error is None:
            return
        kind = refusal(error)
        if kind is Refusal.UNDERPRICED and len(self._journal.attempts(self.address, purpose)) > 1:
            return  # an earlier attempt of ours is in the pool, and will do
        if kind in _DEFINITE or kind is Refusal.UNDERPRICED:
            self._journal.forget(self.address, purpose)
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
            f"the node refuses the transaction: {error}",
            hint="It is tried again by itself; `perfledger doctor` looks at the node.",
        )


def describe(error: ContractLogicError) -> str:
    """What a contract says when it refuses, in as many words as it gives."""
    return str(error.message or error.data or error)
