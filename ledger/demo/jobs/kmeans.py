"""Lloyd's k-means over points in a binary file (see `ledger.demo.jobs.inputs`)."""

import itertools
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ledger.demo.jobs import parallel
from ledger.demo.jobs.inputs import DIMENSIONS

Points = npt.NDArray[np.float64]

_POINT_BYTES = 8 * DIMENSIONS
_ROWS_AT_ONCE = 4096


class _Rows(NamedTuple):
    path: Path
    start: int
    end: int

    def points(self) -> Points:
        shape = (self.end - self.start, DIMENSIONS)
        offset = self.start * _POINT_BYTES
        return np.memmap(self.path, "<f8", mode="r", offset=offset, shape=shape)


def kmeans(source: Path, output: Path, *, workers: int = 1, k: int, iterations: int) -> None:
    """Write the centres, one per line.

    Raises:
        ValueError: fewer points than centres.
    """
    count = source.stat().st_size // _POINT_BYTES
    if not 1 <= k <= count:
        raise ValueError(f"{count} points cannot have {k} clusters")
    parts = _parts(source, count)
    centres = _first_centres(_Rows(source, 0, count).points(), k)
    with parallel.workers(workers) as pool:
        for _ in range(iterations):
            sums = np.zeros((k, DIMENSIONS))
            sizes = np.zeros(k)
            # Added in the order of the parts: floating-point sums depend on it.
            for part_sums, part_sizes in pool.map(partial(_assign, centres), parts):
                sums += part_sums
                sizes += part_sizes
            filled = sizes > 0
            centres = centres.copy()
            centres[filled] = sums[filled] / sizes[filled, np.newaxis]
    with output.open("w", encoding="ascii") as stream:
        stream.writelines(" ".join(f"{x:.9g}" for x in centre) + "\n" for centre in centres)


def _parts(source: Path, count: int) -> list[_Rows]:
    cuts = [count * number // parallel.PIECES for number in range(parallel.PIECES + 1)]
    return [_Rows(source, start, end) for start, end in itertools.pairwise(cuts) if end > start]


def _first_centres(points: Points, k: int) -> Points:
    """Points that are far from each other, chosen from the beginning (no randomness)."""
    sample = np.array(points[:10_000])
    chosen = [sample[0]]
    nearest = ((sample - chosen[0]) ** 2).sum(axis=1)
    while len(chosen) < k:
        chosen.append(sample[int(nearest.argmax())])
        nearest = np.minimum(nearest, ((sample - chosen[-1]) ** 2).sum(axis=1))
    return np.array(chosen)


def _assign(centres: Points, rows: _Rows) -> tuple[Points, Points]:
    """Per centre, the sum and the number of the points nearest to it."""
    points = rows.points()
    sums = np.zeros_like(centres)
    sizes = np.zeros(len(centres))
    half_norms = (centres**2).sum(axis=1) / 2
    for start in range(0, len(points), _ROWS_AT_ONCE):
        block = np.asarray(points[start : start + _ROWS_AT_ONCE])
        nearest = (half_norms - block @ centres.T).argmin(axis=1)
        sizes += np.bincount(nearest, minlength=len(centres))
        for dimension in range(DIMENSIONS):
            sums[:, dimension] += np.bincount(
                nearest, weights=block[:, dimension], minlength=len(centres)
            )
    return sums, sizes
