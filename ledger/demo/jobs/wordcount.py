"""Counting words."""

import re
from collections import Counter
from pathlib import Path

from ledger.demo.jobs import parallel

_WORD = re.compile(rb"[a-z]+")


def wordcount(source: Path, output: Path, *, workers: int = 1) -> None:
    """Write ``word TAB count`` per line, the most frequent first, equal ones by the alphabet."""
    total: Counter[bytes] = Counter()
    with parallel.workers(workers) as pool:
        for counted in pool.map(_count, parallel.pieces(source)):
            total.update(counted)
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    with output.open("wb") as stream:
        stream.writelines(b"%s\t%d\n" % item for item in ordered)


def _count(piece: parallel.Piece) -> Counter[bytes]:
    return Counter(_WORD.findall(piece.read().lower()))
