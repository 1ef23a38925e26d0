"""The tables of docs/models.md."""

from collections.abc import Mapping

from bench.markdown import Result
from bench.markdown import rows_as_table
from bench.prediction import published
from bench.prediction import robustness
from bench.prediction.c3o import JOBS
from bench.prediction.poison import KINDS

_COLUMNS = ("model", *(f">{job.name}" for job in JOBS))


def accuracy(found: Result, noises: Mapping[str, float]) -> str:
    """Errors with nine tenths of the rows, each beside the published one in brackets."""
    rows = _rows(found, published.ACCURACY)
    rows.append(["noise of the medians", *(f"{noises[job.name]:.2f}" for job in JOBS)])
    return rows_as_table(_COLUMNS, rows)


def few(found: Result) -> str:
    """Errors with 30 rows."""
    return rows_as_table(_COLUMNS, _rows(found, published.FEW))


def transfer(found: Result) -> str:
    """Errors without and with records of other machine types."""
    rows = [
        [
            *name.split(": ", 1),
            *(f"{jobs[job.name]['mape']:.2f}" if job.name in jobs else "-" for job in JOBS),
        ]
        for name, jobs in found.items()
    ]
    return rows_as_table(("rows", "records", *_COLUMNS[1:]), rows)


def poison(found: Result) -> str:
    """Errors without poison, with it, and with it where validators judge."""
    rows = [
        [share, name, *(f"{jobs[job.name][key]:.2f}" if job.name in jobs else "-" for job in JOBS)]
        for share, jobs in found.items()
        for key, name in (
            ("clean", "no poison"),
            ("believed", "all records believed"),
            ("validated", "rejected records left out"),
        )
    ]
    return rows_as_table(("poison", "error, %", *_COLUMNS[1:]), rows)


def caught(found: Result) -> str:
    """Of each kind, the share that was rejected; precision and recall over all kinds."""
    kinds = [*KINDS, robustness.HONEST]
    rows = []
    for share, jobs in found.items():
        given, rejected = (
            {kind: sum(job[key].get(kind, 0) for job in jobs.values()) for kind in kinds}
            for key in ("given", "caught")
        )
        bad = sum(rejected[kind] for kind in KINDS)
        rows.append(
            [
                share,
                *(f"{rejected[kind]} of {given[kind]:,}" for kind in kinds),
                f"{bad / max(sum(rejected.values()), 1):.1%}",
                f"{bad / max(sum(given[kind] for kind in KINDS), 1):.1%}",
            ]
        )
    return rows_as_table(("poison", *(f">{kind}" for kind in kinds), ">precision", ">recall"), rows)


def _rows(found: Result, known: Mapping[str, tuple[float, ...]]) -> list[list[str]]:
    rows = []
    for name, jobs in found.items():
        cells = [f"{jobs[job.name]['mape']:.2f}" if job.name in jobs else "-" for job in JOBS]
        if name in known:
            cells = [f"{cell} ({was})" for cell, was in zip(cells, known[name], strict=True)]
        rows.append([name, *cells])
    return rows
