"""What it costs to create a contract.

Source: Ethereum yellow paper, appendix G; EIP-1559 (fees), EIP-2028 (calldata), EIP-3860
(initcode).
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from web3 import Web3

from contracts import Artefact
from ledger.errors import UnavailableError

BUMP = Fraction(9, 8)
"""A replacement has to offer more: most nodes ask for a tenth, some for an eighth."""

_TRANSACTION, _CREATE = 21_000, 32_000
_ZERO_BYTE, _OTHER_BYTE = 4, 16
_INITCODE_WORD, _CODE_BYTE = 2, 200
_CONSTRUCTOR = 40_000
"""Room for what a constructor does: storage is little, calls are few."""


@dataclass(frozen=True, slots=True)
class Price:
    """Wei per unit of gas.

    Attributes:
        base: what the network burns now.
        priority: ``maxPriorityFeePerGas``.
        most: ``maxFeePerGas``.
    """

    base: int
    priority: int
    most: int

    @property
    def likely(self) -> int:
        """What is paid if the base fee stays."""
        return min(self.base + self.priority, self.most)

    @classmethod
    def of(cls, raw: bytes) -> "Price":
        """What a signed transaction offers."""
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        return cls(0, int(fields["maxPriorityFeePerGas"]), int(fields["maxFeePerGas"]))


def price(w3: Web3, cap: int, *, instead_of: Price | None = None) -> Price:
    """What to offer now: the base fee twice, which holds for six full blocks, and a tip.

    Args:
        w3: the chain.
        cap: most that may be offered, in wei per unit of gas.
        instead_of: what a transaction with the same nonce offers, which has to be outbid.

    Raises:
        UnavailableError: the network asks for more than may be offered.
    """
    base = int(w3.eth.get_block("latest").get("baseFeePerGas", 0))
    priority = min(int(w3.eth.max_priority_fee), cap)
    most = min(2 * base + priority, cap)
    if instead_of is not None:
        priority = max(priority, ceil(instead_of.priority * BUMP))
        most = max(most, ceil(instead_of.most * BUMP))
    if max(base, most) > cap:
        raise UnavailableError(
            f"the network asks for {Web3.from_wei(max(base, most), 'gwei'):f} gwei per unit of "
            f"gas, and at most {Web3.from_wei(cap, 'gwei'):f} are allowed",
            hint="Try again once fees have fallen, or allow more with PERFLEDGER_MAX_FEE_GWEI.",
        )
    return Price(base, priority, most)


def creation_gas(artefact: Artefact) -> int:
    """Gas of a deployment, about, where a node cannot estimate it yet."""
    words = -(-len(artefact.bytecode) // 32)
    zeros = artefact.bytecode.count(0)
    data = _ZERO_BYTE * zeros + _OTHER_BYTE * (len(artefact.bytecode) - zeros)
    deposit = _CODE_BYTE * len(artefact.deployed_bytecode)
    return _TRANSACTION + _CREATE + data + _INITCODE_WORD * words + deposit + _CONSTRUCTOR
