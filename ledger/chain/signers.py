"""Keys that sign statements and transactions."""

from typing import Any
from typing import Protocol

from eth_account.signers.local import LocalAccount

from ledger.record.eip712 import Statement


class Signer(Protocol):
    """Whoever signs for one address: a key in this process, or a signer elsewhere."""

    @property
    def address(self) -> str:
        """EIP-55 address of the key."""

    def sign(self, statement: Statement) -> bytes:
        """The 65-byte EIP-712 signature r ‖ s ‖ v of a statement."""

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed transaction in the form the network takes (EIP-2718)."""


class LocalSigner:
    """A private key held by this process."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        """The address only: a key must not reach a log."""
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> str:
        """EIP-55 address of the key."""
        return str(self._account.address)

    def sign(self, statement: Statement) -> bytes:
        """The 65-byte EIP-712 signature r ‖ s ‖ v of a statement."""
        return bytes(self._account.sign_message(statement.signable()).signature)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed transaction in the form the network takes (EIP-2718)."""
        return bytes(self._account.sign_transaction(transaction).raw_transaction)
