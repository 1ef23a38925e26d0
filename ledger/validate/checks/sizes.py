"""Sizes that contradict each other: bytes of an input against its rows and what a row holds.

Only a record that names both can contradict itself. The bounds are generous: formats that compress
store a line in a fiftieth of its characters, and none needs more than four bytes for one
(UTF-32) beside two for its end. What they catch are megabytes taken for bytes, kilobytes for
megabytes, and columns that were swapped.
"""

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from ledger.record.schema import Record
from ledger.record.schema import Scalar
from ledger.validate.checks.runs import Family
from ledger.validate.checks.runs import Run


class _Shape(NamedTuple):
    """How two characteristics of an input bound its bytes.

    Attributes:
        rows: name of the number of rows.
        width: name of what each row holds; empty: one of it.
        least: bytes of one of them, at least.
        most: bytes of one of them, at most.
        of_row: bytes that a row takes beside them, at most.
    """

    rows: str
    width: str
    least: float
    most: float
    of_row: float


_SHAPES = (
    _Shape("lines", "line_length", 0.02, 4, 2),
    _Shape("rows", "row_bytes", 0.01, 4, 64),
    # A number as text has 25 characters at most (IEEE 754 double, sign, exponent and separator);
    # dictionaries and run lengths store some columns in a bit per value.
    _Shape("observations", "features", 0.125, 64, 64),
    _Shape("rows", "columns", 0.125, 4_096, 64),
    _Shape("links", "", 0.125, 4_096, 0),
)


def sizes(record: Record) -> str | None:
    """Reject an input that is far smaller or larger than its rows can be."""
    size = record.input.size_bytes
    if size is None:
        return None
    for shape in _SHAPES:
        rows = _count(record.input.characteristics.get(shape.rows))
        width = _count(record.input.characteristics.get(shape.width)) if shape.width else 1.0
        if rows is None or width is None:
            continue
        least = rows * width * shape.least
        most = rows * (width * shape.most + shape.of_row)
        if not least <= size <= most:
            of = f" of {shape.width} {width:.6g}" if shape.width else ""
            return f"{size:,} bytes for {rows:.6g} {shape.rows}{of}: {least:.6g} to {most:.6g}"
    return None


def _count(value: Scalar | None) -> float | None:
    """A positive number, or None: text and zero bound nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    return float(value)


USUAL_RATIO = 16.0
"""No format stores the same rows in so much less room than the formats of all others."""

LEAST_OTHERS = 5
"""Runs that have to agree."""


def strange(submitted: Mapping[int, Run], others: Sequence[Run]) -> dict[int, float]:
    """Places of runs whose input is far smaller or larger than that of runs on the same rows.

    Args:
        submitted: the runs that are judged, by place.
        others: earlier ones.

    Returns:
        The usual size of each, in bytes.
    """
    known: defaultdict[tuple[Family, tuple[float, ...]], list[float]] = defaultdict(list)
    for run in (*others, *submitted.values()):
        if run.size and len(run.numbers) > _ROWS:
            known[run.family, run.numbers[_ROWS:]].append(run.size)
    usual = {key: median(sizes) for key, sizes in known.items() if len(sizes) > LEAST_OTHERS}
    found = {}
    for place, run in submitted.items():
        size = usual.get((run.family, run.numbers[_ROWS:]))
        if size and run.size and not 1 / USUAL_RATIO < run.size / size < USUAL_RATIO:
            found[place] = size
    return found


_ROWS = 2
"""Numbers of a run from here on say what its rows are."""
