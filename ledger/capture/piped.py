"""Lines that a program writes into a pipe, as they come."""

import os
import select
from dataclasses import dataclass
from dataclasses import field

from ledger.capture.source import MAX_LINE_BYTES
from ledger.capture.source import Line
from ledger.capture.source import line_of

_PIECE_BYTES = 1 << 20


@dataclass(slots=True)
class PipedLines:
    """Lines of a file descriptor.

    Nothing is read that is not asked for: a producer that is faster than whoever asks waits once
    the pipe is full.

    Attributes:
        descriptor: of a pipe, a file or a terminal.
    """

    descriptor: int
    _rest: bytes = b""
    _number: int = 0
    _skips: bool = field(default=False)
    _ended: bool = False

    def take(self, timeout_seconds: float | None = None) -> list[Line] | None:
        """The lines that are there, or the next ones; None: there will be no more.

        Args:
            timeout_seconds: how long to wait for some; None: until there are.
        """
        if self._ended:
            return None
        while True:
            ready, _, _ = select.select([self.descriptor], [], [], timeout_seconds)
            if not ready:
                return []
            piece = os.read(self.descriptor, _PIECE_BYTES)
            if not piece:
                self._ended = True
                return self._last() or None
            if lines := self._split(piece):
                return lines

    def _split(self, piece: bytes) -> list[Line]:
        *whole, rest = (self._rest + piece).split(b"\n")
        lines = [line for data in whole if (line := self._line(data)) is not None]
        if len(rest) > MAX_LINE_BYTES and not self._skips:
            self._number += 1
            lines.append(line_of(self._number, rest))
            self._skips = True
        self._rest = b"" if self._skips else rest
        return lines

    def _line(self, data: bytes) -> Line | None:
        if self._skips:  # the end of one that was too long
            self._skips = False
            return None
        self._number += 1
        return line_of(self._number, data)

    def _last(self) -> list[Line]:
        return [line_of(self._number + 1, self._rest)] if self._rest else []
