"""Splitting a file into pieces and working on them in several processes."""

import multiprocessing
import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from multiprocessing.pool import Pool
from pathlib import Path
from typing import NamedTuple
from typing import Protocol
from typing import TypeVar

PIECES = 8
"""Least number of pieces; fixed, so that results do not depend on the number of workers."""

_LARGEST_PIECE = 32_000_000

Item = TypeVar("Item")
Result = TypeVar("Result")


class Piece(NamedTuple):
    """A range of whole lines of a file.

    Attributes:
        path: the file.
        start: first byte.
        end: first byte behind it.
    """

    path: Path
    start: int
    end: int

    def read(self) -> bytes:
        """Its bytes."""
        with self.path.open("rb") as stream:
            stream.seek(self.start)
            return stream.read(self.end - self.start)

    def lines(self) -> list[bytes]:
        """Its lines without their line feeds."""
        lines = self.read().split(b"\n")
        if not lines[-1]:
            lines.pop()
        return lines


class Workers(Protocol):
    """Processes that work on the items of a list."""

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """The results, in the order of the items."""


class _Alone:
    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        return [work(item) for item in items]


class _Pool:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        return self._pool.map(work, items, chunksize=1)


def pieces(path: Path) -> list[Piece]:
    """A file cut at line feeds into pieces of about the same size."""
    size = path.stat().st_size
    count = max(PIECES, -(-size // _LARGEST_PIECE))
    cuts = [0]
    with path.open("rb") as stream:
        for number in range(1, count):
            stream.seek(max(size * number // count - 1, cuts[-1]))
            stream.readline()
            cuts.append(min(stream.tell(), size))
    return [
        Piece(path, start, end)
        for start, end in zip(cuts, [*cuts[1:], size], strict=True)
        if end > start
    ]


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """So many processes; a single one is this process itself."""
    if count == 1:
        yield _Alone()
        return
    # No threads run here, so forking is safe; it saves the start of an interpreter per worker.
    method = "fork" if sys.platform == "linux" else "spawn"
    with multiprocessing.get_context(method).Pool(count) as pool:
        yield _Pool(pool)
        pool.close()
        pool.join()
