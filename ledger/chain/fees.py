"""What a transaction should offer (EIP-1559), asked of the network."""

from fractions import Fraction
from math import ceil

from web3 import Web3

from ledger.chain import rpc
from ledger.chain.offers import Fees
from ledger.errors import UnavailableError

BUMP = Fraction(9, 8)
"""A replacement has to offer more: geth and most others ask for a tenth, some for an eighth."""

BASE_FEE_HEADROOM = 2
"""The base fee rises by at most an eighth a block: twice as much holds for six full blocks."""


class FeeTooHighError(UnavailableError):
    """The network asks for more than the operator allows."""


class FeePolicy:
    """Prices transactions as the network asks, up to a cap.

    Args:
        w3: the chain.
        cap_gwei: most that is offered per unit of gas.
    """

    def __init__(self, w3: Web3, *, cap_gwei: int) -> None:
        self._w3 = w3
        self._cap = int(Web3.to_wei(cap_gwei, "gwei"))

    def base(self) -> int:
        """What the network burns now."""
        latest = rpc.call(self._w3, "eth_getBlockByNumber", "latest", False)
        return int(latest.get("baseFeePerGas", "0x0"), 16)

    def price(self) -> Fees:
        """What a new transaction should offer.

        Raises:
            FeeTooHighError: the base fee alone is above the cap.
        """
        base = self.base()
        if base > self._cap:
            raise self._too_high(base)
        priority = min(int(self._w3.eth.max_priority_fee), self._cap)
        return Fees(min(BASE_FEE_HEADROOM * base + priority, self._cap), priority)

    def outbid(self, before: Fees) -> Fees:
        """What a replacement should offer: as a new one, and enough more than the one before.

        Raises:
            FeeTooHighError: that would be above the cap.
        """
        now = self.price()
        wanted = Fees(
            max(now.most, ceil(before.most * BUMP)), max(now.priority, ceil(before.priority * BUMP))
        )
        if wanted.most > self._cap:
            raise self._too_high(wanted.most, "to replace a transaction takes")
        return wanted

    def _too_high(self, asked: int, what: str = "the network asks for") -> FeeTooHighError:
        return FeeTooHighError(
            f"{what} {_gwei(asked)} gwei per unit of gas, and at most {_gwei(self._cap)} are "
            "allowed",
            hint="It goes on by itself once fees fall; PERFLEDGER_MAX_FEE_GWEI allows more.",
        )


def _gwei(wei: int) -> str:
    return f"{Web3.from_wei(wei, 'gwei'):.3f}".rstrip("0").rstrip(".")
