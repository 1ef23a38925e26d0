"""Finding the lines that a regular expression matches."""

import re
from functools import partial
from pathlib import Path

from ledger.demo.jobs import parallel


def grep(source: Path, output: Path, *, workers: int = 1, pattern: str) -> None:
    """Write the matching lines in their order.

    Raises:
        ValueError: not a regular expression.
    """
    try:
        expression = re.compile(pattern.encode())
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    with parallel.workers(workers) as pool:
        found = pool.map(partial(_matching, expression), parallel.pieces(source))
    with output.open("wb") as stream:
        stream.writelines(found)


def _matching(expression: re.Pattern[bytes], piece: parallel.Piece) -> bytes:
    return b"".join([line + b"\n" for line in piece.lines() if expression.search(line)])
