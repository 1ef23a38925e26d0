"""Unsigned variable-length integers.

Source: https://github.com/multiformats/unsigned-varint (at most nine bytes, shortest form only).
"""

from ledger.errors import InvalidInputError

MAX_BYTES = 9

MORE = 0x80
"""The bit that says that another byte follows."""


class MalformedVarintError(InvalidInputError):
    """Bytes are not a varint: too long, cut off, or not in their shortest form."""


def encode(number: int) -> bytes:
    """The varint of a number from 0 to 2^63 - 1."""
    encoded = bytearray()
    while number >= MORE:
        encoded.append(number & 0x7F | MORE)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def decode(data: bytes, offset: int = 0) -> tuple[int, int]:
    """The number at an offset, and the offset after it.

    Raises:
        MalformedVarintError: too long, cut off, or not in its shortest form.
    """
    number = 0
    for place, byte in enumerate(data[offset : offset + MAX_BYTES]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < MORE:
            if not byte and place:
                raise MalformedVarintError("a varint is not in its shortest form")
            return number, offset + place + 1
    raise MalformedVarintError("a varint is cut off, or longer than nine bytes")
