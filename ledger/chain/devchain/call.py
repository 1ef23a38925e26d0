"""The transaction object of eth_call, eth_estimateGas and eth_sendTransaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from ledger.chain.devchain.encoding import parse_address
from ledger.chain.devchain.encoding import parse_data
from ledger.chain.devchain.encoding import parse_hash
from ledger.chain.devchain.encoding import parse_quantity
from ledger.chain.devchain.rpc_errors import invalid_params
from ledger.chain.devchain.rpc_errors import refused

AccessList = Sequence[tuple[bytes, Sequence[int]]]

_ZERO_ADDRESS = bytes(20)
_UNSUPPORTED = ("blobs", "blobVersionedHashes", "authorizationList")


@dataclass(frozen=True)
class Call:
    """A message call that is not signed yet. Amounts are in wei; None means "choose one".

    Attributes:
        sender: ``from``; the zero address if it is not given.
        to: the callee, empty to create a contract.
        gas_price: the legacy price; excludes the two fees of EIP-1559.
    """

    sender: bytes
    to: bytes
    value: int
    data: bytes
    access_list: AccessList
    gas: int | None
    gas_price: int | None
    max_fee: int | None
    tip: int | None
    nonce: int | None
    chain_id: int | None

    def without_price(self) -> "Call":
        """The same call, free of charge."""
        return replace(self, gas_price=None, max_fee=None, tip=None)

    @property
    def names_a_price(self) -> bool:
        """Whether gas is to be paid for; a call that names no price runs free of charge."""
        return bool(self.gas_price or self.max_fee)


def parse_call(value: Any) -> Call:
    """Read a transaction object; unknown members are passed over, as geth does.

    Raises:
        RpcError: a member is malformed, or two contradict each other.
    """
    if not isinstance(value, dict):
        raise invalid_params("missing value for required argument 0")
    present = {name: member for name, member in value.items() if member is not None}
    unsupported = [name for name in _UNSUPPORTED if name in present]
    if unsupported:
        raise refused(f"{unsupported[0]} is not supported by the development chain")

    def number(name: str) -> int | None:
        return parse_quantity(present[name], name) if name in present else None

    call = Call(
        sender=parse_address(present["from"], "from") if "from" in present else _ZERO_ADDRESS,
        to=parse_address(present["to"], "to") if "to" in present else b"",
        value=number("value") or 0,
        data=_parse_input(present),
        access_list=_parse_access_list(present.get("accessList", [])),
        gas=number("gas"),
        gas_price=number("gasPrice"),
        max_fee=number("maxFeePerGas"),
        tip=number("maxPriorityFeePerGas"),
        nonce=number("nonce"),
        chain_id=number("chainId"),
    )
    if call.gas_price is not None and (call.max_fee is not None or call.tip is not None):
        raise refused("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
    return call


def _parse_input(present: dict[str, Any]) -> bytes:
    # `data` is the old name of `input`; clients send either or both.
    given = [parse_data(present[name], name) for name in ("input", "data") if name in present]
    if len(set(given)) > 1:
        raise refused(
            'both "data" and "input" are set and not equal. '
            'Please use "input" to pass transaction call data'
        )
    return given[0] if given else b""


def _parse_access_list(value: Any) -> AccessList:
    if not isinstance(value, list):
        raise invalid_params("accessList: want a list")
    return tuple(_parse_access(entry) for entry in value)


def _parse_access(entry: Any) -> tuple[bytes, Sequence[int]]:
    if not isinstance(entry, dict) or not isinstance(entry.get("storageKeys"), list):
        raise invalid_params("accessList: want objects of address and storageKeys")
    keys = (parse_hash(key, "storageKeys") for key in entry["storageKeys"])
    return (
        parse_address(entry.get("address"), "accessList address"),
        tuple(int.from_bytes(key, "big") for key in keys),
    )
