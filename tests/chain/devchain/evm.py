"""Contracts for these tests, assembled by hand: each does one thing that a test looks at."""

from collections.abc import Sequence

_STOP, _LT, _SUB, _CALLDATALOAD, _CALLDATASIZE, _CALLDATACOPY = 0x00, 0x10, 0x03, 0x35, 0x36, 0x37
_CODECOPY, _SSTORE, _JUMP, _JUMPI, _GAS, _JUMPDEST = 0x39, 0x55, 0x56, 0x57, 0x5A, 0x5B
_PUSH0, _PUSH1, _PUSH2, _PUSH3, _DUP1, _LOG0, _RETURN, _REVERT = (
    0x5F,
    0x60,
    0x61,
    0x62,
    0x80,
    0xA0,
    0xF3,
    0xFD,
)
_WORD = 32
_DATA_OFFSET = 5 * _WORD
_PROLOGUE_BYTES = 10


def deployment(runtime: bytes) -> bytes:
    """Initcode that leaves `runtime` as the contract's code."""
    size = len(runtime).to_bytes(2, "big")
    copy = [_PUSH2, *size, _DUP1, _PUSH1, _PROLOGUE_BYTES, _PUSH0, _CODECOPY, _PUSH0, _RETURN]
    return bytes(copy) + runtime


def _emitter() -> tuple[bytes, tuple[int, ...]]:
    # The data's size stays at the bottom of the stack; word 0 of the calldata is where to jump.
    code = bytearray([_PUSH1, _DATA_OFFSET, _CALLDATASIZE, _SUB, _DUP1, _PUSH1, _DATA_OFFSET])
    code += bytes([_PUSH0, _CALLDATACOPY, _PUSH0, _CALLDATALOAD, _JUMP])
    entries = []
    for topics in range(5):
        entries.append(len(code))
        code.append(_JUMPDEST)
        for topic in range(topics, 0, -1):
            code += bytes([_PUSH1, topic * _WORD, _CALLDATALOAD])
        code += bytes([_DUP1 + topics, _PUSH0, _LOG0 + topics, _STOP])
    return bytes(code), tuple(entries)


EMITTER, _EMITTER_ENTRIES = _emitter()


def emission(topics: Sequence[int], data: bytes = b"") -> bytes:
    """Calldata with which EMITTER logs up to four topics and data."""
    words = [_EMITTER_ENTRIES[len(topics)], *topics, *[0] * (4 - len(topics))]
    return b"".join(word.to_bytes(_WORD, "big") for word in words) + data


REVERTER = bytes([_CALLDATASIZE, _PUSH0, _PUSH0, _CALLDATACOPY, _CALLDATASIZE, _PUSH0, _REVERT])
"""Reverts with its calldata."""

STORE = bytes([_PUSH1, _WORD, _CALLDATALOAD, _PUSH0, _CALLDATALOAD, _SSTORE, _STOP])
"""Stores the second word of its calldata in the slot that the first names."""

_FRUGAL_REFUSAL = 10

_ENOUGH = (100_000).to_bytes(3, "big")

FRUGAL = bytes([_PUSH3, *_ENOUGH, _GAS, _LT, _PUSH1, _FRUGAL_REFUSAL, _JUMPI, _STOP]) + bytes(
    [_JUMPDEST, _PUSH0, _PUSH0, _REVERT]
)
"""Reverts if less than 100,000 gas is left, and uses hardly any."""

INVALID = bytes([0xFE])
"""Halts with INVALID and burns all gas."""


def several_logs(count: int) -> bytes:
    """Initcode that logs `count` times, with topic 0, 1, 2, …, and leaves no code."""
    code = b"".join(bytes([_PUSH1, number, _PUSH0, _PUSH0, _LOG0 + 1]) for number in range(count))
    return code + bytes([_STOP])
