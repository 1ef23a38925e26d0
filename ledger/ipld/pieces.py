"""A stream over bytes that come in pieces, such as the body of an HTTP answer."""

import io
from collections.abc import Iterable
from typing import BinaryIO
from typing import cast


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer)  # type: ignore[arg-type] # typeshed has no name for it in 3.11
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def stream_of(pieces: Iterable[bytes]) -> BinaryIO:
    """A stream to read the pieces from; what is in memory is one of them, and a buffer."""
    return cast("BinaryIO", io.BufferedReader(_Pieces(pieces)))
