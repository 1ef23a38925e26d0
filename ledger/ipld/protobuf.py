"""The two wire types of Protocol Buffers that IPFS's own formats use.

Source: https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.errors import InvalidInputError
from ledger.ipld import varint

VARINT = 0
BYTES = 2

_TYPE_BITS = 3


class MalformedMessageError(InvalidInputError):
    """Bytes are not a message of the wire types known here."""


class Field(NamedTuple):
    """A field as it stands in a message.

    Attributes:
        number: which field.
        value: a number, or the bytes of a string, a message or packed numbers.
    """

    number: int
    value: int | bytes


def fields(message: bytes) -> Iterator[Field]:
    """The fields of a message, in their order.

    Raises:
        MalformedMessageError: cut off, or of another wire type.
        MalformedVarintError: a number is malformed.
    """
    position = 0
    while position < len(message):
        tag, position = varint.decode(message, position)
        number, wire_type = tag >> _TYPE_BITS, tag & ((1 << _TYPE_BITS) - 1)
        argument, position = varint.decode(message, position)
        if wire_type == VARINT:
            yield Field(number, argument)
        elif wire_type == BYTES and argument <= len(message) - position:
            yield Field(number, message[position : position + argument])
            position += argument
        else:
            raise MalformedMessageError(
                f"field {number} is cut off, or of wire type {wire_type}, which is not used here"
            )


def write(number: int, value: int | bytes) -> bytes:
    """A field's bytes."""
    if isinstance(value, int):
        return varint.encode(number << _TYPE_BITS | VARINT) + varint.encode(value)
    return varint.encode(number << _TYPE_BITS | BYTES) + varint.encode(len(value)) + value
