"""The tables of docs/models.md."""

from collections.abc import Mapping

from bench.markdown import Result
from bench.markdown import rows_as_table
from bench.prediction import published
from bench.prediction.c3o import JOBS

_COLUMNS = ("model", *(f">{job.name}" for job in JOBS))


def accuracy(found: Result, noises: Mapping[str, float]) -> str:
    """Errors with nine tenths of the rows, each beside the published one in brackets."""
    rows = _rows(found, published.ACCURACY)
    rows.append(["noise of the medians", *(f"{noises[job.name]:.2f}" for job in JOBS)])
    return rows_as_table(_COLUMNS, rows)


def few(found: Result) -> str:
    """Errors with 30 rows."""
    return rows_as_table(_COLUMNS, _rows(found, published.FEW))


def _rows(found: Result, known: Mapping[str, tuple[float, ...]]) -> list[list[str]]:
    rows = []
    for name, jobs in found.items():
        cells = [f"{jobs[job.name]['mape']:.2f}" if job.name in jobs else "-" for job in JOBS]
        if name in known:
            cells = [f"{cell} ({was})" for cell, was in zip(cells, known[name], strict=True)]
        rows.append([name, *cells])
    return rows
