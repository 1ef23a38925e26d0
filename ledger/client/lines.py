"""Lines of a stream that comes in pieces of any size."""

from collections.abc import Iterable
from collections.abc import Iterator


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    r"""The lines, without their ends; only ``\n`` ends one, as in JSONL."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(None, whole)
    if rest:
        yield rest
