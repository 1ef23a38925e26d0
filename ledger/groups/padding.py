"""Sizes that do not tell what is in them.

What is sealed is filled up to one of few sizes, so that the size of an envelope tells apart small
records, large ones and very large ones, and no more.
"""

from ledger.record.dagcbor import MalformedBlockError

SIZES = (*(1 << power for power in range(12, 18)), 224 * 1024)
"""4 KiB, as most records are smaller, then doubling; the last leaves room for 128 recipients."""

_END = b"\x80"
"""Begins the filling: ISO/IEC 7816-4, which is the same for every content."""


class TooLargeToSealError(MalformedBlockError):
    """A record does not fit into an envelope."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"a record of {size:,} bytes is too large for an envelope",
            hint="At most 216 KiB can be encrypted. Shorten its configuration or its stages.",
        )


def padded(content: bytes) -> bytes:
    """Content filled up to the next of `SIZES`.

    Raises:
        TooLargeToSealError: it does not fit into the last.
    """
    for size in SIZES:
        if len(content) < size:
            return (content + _END).ljust(size, b"\0")
    raise TooLargeToSealError(len(content))


def unpadded(content: bytes) -> bytes:
    """What was filled up.

    Raises:
        MalformedBlockError: it was not, or to another size.
    """
    bare = content.rstrip(b"\0")
    if len(content) not in SIZES or not bare.endswith(_END):
        raise MalformedBlockError("what was sealed is not filled up as it should be")
    return bare[: -len(_END)]
