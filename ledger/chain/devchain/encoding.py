"""Values as JSON-RPC writes them: quantities and data in hexadecimal.

Source: Ethereum execution APIs, "Base types" (https://ethereum.github.io/execution-apis/), and
what geth accepts as parameters.
"""

import re
from typing import Any

from ledger.chain.devchain.rpc_errors import invalid_params

_QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]*)")
_DATA = re.compile(r"0x([0-9a-fA-F]{2})*")
_SLOT = re.compile(r"0x[0-9a-fA-F]{1,64}")
_WORD = 32
_MAX_QUANTITY = 2**256


def quantity(value: int) -> str:
    """An integer without leading zeros."""
    return hex(value)


def data(value: bytes) -> str:
    """Bytes, two lower-case digits each."""
    return "0x" + value.hex()


def word(value: int) -> str:
    """An integer as 32 bytes of data."""
    return data(value.to_bytes(_WORD, "big"))


def parse_quantity(value: Any, name: str) -> int:
    """An integer below 2**256.

    Raises:
        RpcError: it is not a string of that form.
    """
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise invalid_params(
            f"{name}: want a hex quantity without leading zeros, got {value!r:.100}"
        )
    number = int(value, 16)
    if number >= _MAX_QUANTITY:
        raise invalid_params(f"{name}: hex number > 256 bits")
    return number


def parse_data(value: Any, name: str, length: int | None = None) -> bytes:
    """Bytes; of exactly `length` where it is given.

    Raises:
        RpcError: it is not a string of that form or of another length.
    """
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise invalid_params(f"{name}: want 0x-prefixed hex data, got {value!r:.100}")
    parsed = bytes.fromhex(value[2:])
    if length is not None and len(parsed) != length:
        raise invalid_params(f"{name}: want {length} bytes, got {len(parsed)}")
    return parsed


def parse_address(value: Any, name: str) -> bytes:
    """An address of 20 bytes; the case of its digits does not matter."""
    return parse_data(value, name, 20)


def parse_hash(value: Any, name: str) -> bytes:
    """A hash of 32 bytes."""
    return parse_data(value, name, _WORD)


def parse_slot(value: Any) -> int:
    """A storage slot, written as a quantity or as up to 32 bytes of data.

    Raises:
        RpcError: it is neither.
    """
    if not isinstance(value, str) or not _SLOT.fullmatch(value):
        raise invalid_params(f"unable to decode storage key: {value!r:.100}")
    return int(value, 16)
