"""Sample sort: sorted runs, cut at common splitters, merged partition by partition."""

import itertools
import tempfile
from bisect import bisect_left
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ledger.demo.jobs import parallel

_SAMPLES = 512


class _Partition(NamedTuple):
    number: int
    offset: int


def sort(source: Path, output: Path, *, workers: int = 1) -> None:
    """Write the lines of a file in the order of their bytes, each with a line feed."""
    parts = parallel.pieces(source)
    splitters = _splitters(source, len(parts))
    with (
        tempfile.TemporaryDirectory(dir=output.parent) as folder,
        parallel.workers(workers) as pool,
    ):
        run = partial(_run, splitters, Path(folder))
        sizes = pool.map(run, list(enumerate(parts)))
        lengths = [sum(column) for column in zip(*sizes, strict=True)]
        with output.open("wb") as stream:
            stream.truncate(sum(lengths))
        partitions = [_Partition(n, sum(lengths[:n])) for n in range(len(lengths))]
        pool.map(partial(_merge, Path(folder), len(parts), output), partitions)


def _splitters(source: Path, count: int) -> list[bytes]:
    """Lines that cut the sorted file into about equal partitions, from lines all over the file."""
    size = source.stat().st_size
    samples: list[bytes] = []
    with source.open("rb") as stream:
        for number in range(_SAMPLES):
            stream.seek(size * number // _SAMPLES)
            stream.readline()
            samples.append(stream.readline().rstrip(b"\n"))
    samples.sort()
    return [samples[_SAMPLES * number // count] for number in range(1, count)]


def _run(splitters: list[bytes], folder: Path, numbered: tuple[int, parallel.Piece]) -> list[int]:
    """Sort a piece and write its share of every partition; the shares' sizes."""
    number, piece = numbered
    lines = piece.lines()
    lines.sort()
    cuts = [0, *(bisect_left(lines, splitter) for splitter in splitters), len(lines)]
    sizes = []
    for partition, (start, end) in enumerate(itertools.pairwise(cuts)):
        share = b"".join([line + b"\n" for line in lines[start:end]])
        (folder / f"{number}.{partition}").write_bytes(share)
        sizes.append(len(share))
    return sizes


def _merge(folder: Path, runs: int, output: Path, partition: _Partition) -> None:
    """Merge one partition; Python's sort finds the sorted runs and merges them."""
    lines: list[bytes] = []
    for run in range(runs):
        lines += (folder / f"{run}.{partition.number}").read_bytes().split(b"\n")[:-1]
    lines.sort()
    with output.open("r+b") as stream:
        stream.seek(partition.offset)
        stream.write(b"".join([line + b"\n" for line in lines]))
