"""Transactions of one key: priced, signed, sent, followed to their receipt."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Protocol

from eth_utils import keccak
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError
from web3.exceptions import TimeExhausted
from web3.exceptions import TransactionNotFound
from web3.exceptions import Web3RPCError
from web3.types import TxReceipt

from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError

GAS_MARGIN = 1.2
"""Gas offered over the estimate: the state may differ by the time the transaction is mined."""

_KNOWN = ("already known", "known transaction", "already imported")
_NONCE_USED = ("nonce too low", "nonce is too low")
_NO_FUNDS = ("insufficient funds",)


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
            hint="May this key do that now? `perfledger chain info` names the contracts, and "
            "contracts/README.md says what each of them refuses.",
        )


class NonceUsedError(PerfledgerError):
    """Another transaction of the same key took this nonce; this one can never be mined."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            hint="Does another program send with this key? Do the same again: it is then signed "
            "with the next nonce.",
        )


class OutOfFundsError(PerfledgerError):
    """The key cannot pay for the transaction."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} cannot pay for the transaction",
            hint="Send it some ether; what is on its way goes on by itself afterwards.",
        )


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction that can be sent any number of times and is mined at most once."""

    raw: bytes
    hash: bytes


class Sender:
    """Sends the transactions of one key over EIP-1559 fees with a cap."""

    def __init__(self, w3: Web3, signer: TransactionSigner, *, max_fee_gwei: int) -> None:
        self.w3 = w3
        self.signer = signer
        self._max_fee = Web3.to_wei(max_fee_gwei, "gwei")

    @property
    def address(self) -> str:
        """EIP-55 address of the key that pays."""
        return self.signer.address

    def sign(self, call: ContractFunction, *, value: int = 0) -> SignedTransaction:
        """A signed transaction that makes a contract call, with the key's next nonce.

        Raises:
            RevertedError: the contract would refuse it now.
            OutOfFundsError: the key cannot pay for it.
        """
        sender = self.w3.to_checksum_address(self.address)
        try:
            gas = call.estimate_gas({"from": sender, "value": self.w3.to_wei(value, "wei")})
        except ContractLogicError as error:
            raise RevertedError(f"the contract refuses: {describe(error)}") from error
        except Web3RPCError as error:
            raise self._classified(error) from error
        priority = self.w3.eth.max_priority_fee
        base = self.w3.eth.get_block("latest").get("baseFeePerGas", 0)
        transaction = call.build_transaction(
            {
                "from": sender,
                "nonce": self.w3.eth.get_transaction_count(sender, "pending"),
                "gas": int(gas * GAS_MARGIN),
                "maxFeePerGas": self.w3.to_wei(min(2 * base + priority, self._max_fee), "wei"),
                "maxPriorityFeePerGas": self.w3.to_wei(min(priority, self._max_fee), "wei"),
                "chainId": self.w3.eth.chain_id,
                "value": self.w3.to_wei(value, "wei"),
            }
        )
        raw = self.signer.sign_transaction(dict(transaction))
        return SignedTransaction(raw, keccak(raw))

    def send(self, transaction: SignedTransaction) -> None:
        """Hand a transaction to the node; one that it has already is no error.

        Raises:
            NonceUsedError: the transaction, or another with its nonce, is mined already.
            OutOfFundsError: the key cannot pay for it.
            UnavailableError: the node refuses it for another reason.
        """
        try:
            self.w3.eth.send_raw_transaction(transaction.raw)
        except Web3RPCError as error:
            if not _says(error, _KNOWN):
                raise self._classified(error) from error

    def receipt(self, transaction_hash: bytes) -> TxReceipt | None:
        """The receipt of a transaction, once it is mined."""
        try:
            return self.w3.eth.get_transaction_receipt(self.w3.to_bytes(transaction_hash))  # type: ignore[arg-type]
        except TransactionNotFound:
            return None

    def transact(
        self,
        call: ContractFunction,
        *,
        value: int = 0,
        before_send: Callable[[SignedTransaction], None] = lambda _: None,
        timeout_seconds: float = 120,
    ) -> TxReceipt:
        """Sign, send and wait for the receipt.

        Raises:
            RevertedError: the contract refuses the call.
            OutOfFundsError: the key cannot pay for it.
            UnavailableError: it is not mined in time; it may still be later.
        """
        transaction = self.sign(call, value=value)
        before_send(transaction)
        self.send(transaction)
        try:
            receipt = self.w3.eth.wait_for_transaction_receipt(
                self.w3.to_hex(transaction.hash), timeout=timeout_seconds, poll_latency=0.05
            )
        except TimeExhausted as error:
            raise UnavailableError(
                f"transaction 0x{transaction.hash.hex()} is not mined after "
                f"{timeout_seconds:.0f} s",
                hint="It may still be; look again with `perfledger status`.",
            ) from error
        if not receipt["status"]:
            raise RevertedError(f"transaction 0x{transaction.hash.hex()} was reverted")
        return receipt

    def _classified(self, error: Web3RPCError) -> PerfledgerError:
        if _says(error, _NONCE_USED):
            return NonceUsedError("the nonce is used by another transaction of the same key")
        if _says(error, _NO_FUNDS):
            return OutOfFundsError(self.address)
        return UnavailableError(
            f"the node refuses the transaction: {error}",
            hint="It is tried again by itself; `perfledger doctor` looks at the node.",
        )


def describe(error: ContractLogicError) -> str:
    """What a contract says when it refuses, in as many words as it gives."""
    return str(error.message or error.data or error)


def _says(error: Web3RPCError, phrases: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return any(phrase in text for phrase in phrases)
