"""What is offered for a transaction (EIP-1559).

A module of its own, as the outbox keeps what was offered and needs no chain: web3 takes most of a
second to import.
"""

from dataclasses import dataclass

from hexbytes import HexBytes


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per unit of gas.

    Attributes:
        most: ``maxFeePerGas``.
        priority: ``maxPriorityFeePerGas``.
    """

    most: int
    priority: int

    @classmethod
    def of(cls, raw: bytes) -> "Fees":
        """What a signed transaction offers."""
        from eth_account.typed_transactions.typed_transaction import TypedTransaction

        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        return cls(int(fields["maxFeePerGas"]), int(fields["maxPriorityFeePerGas"]))

    def likely(self, base: int) -> int:
        """What is paid if the base fee stays as it is."""
        return min(base + self.priority, self.most)
