"""Runs for tests of what is told of many."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.loading import NUMBERS
from ledger.index.queries.columns.loading import encoded
from ledger.index.queries.columns.runs import Runs
from ledger.insight.configurations import Configuration
from ledger.insight.configurations import Repeats
from ledger.insight.ran import Ran
from ledger.insight.spread import Spread


def configuration(
    job: str = "kmeans",
    machine: str | None = "m4",
    nodes: int = 2,
    size: int | None = 10,
    words: str = "k=3",
) -> Configuration:
    return Configuration(
        job=job,
        framework="spark",
        algorithm=None,
        machine_type=machine,
        provider="aws",
        nodes=nodes,
        input_bytes=size,
        search=f"{job} spark 3.5 {(machine or '').casefold()} aws {words}",
    )


def ran(*runtimes: float, machine: str = "m4", nodes: int = 2, k: int = 3) -> Repeats:
    """One configuration and its runs."""
    return Repeats(
        configuration=configuration(machine=machine, nodes=nodes, words=f"k={k}"),
        runtime=Spread.of(sorted(runtimes)),
    )


def together(runs: Iterable[tuple[Configuration, float]], into: Dictionaries | None = None) -> Ran:
    """Runs as a source of records has them."""
    into = into or Dictionaries.empty()
    rows = [
        tuple(_row(place, found, runtime).get(name) for name in _names(into))
        for place, (found, runtime) in enumerate(runs)
    ]
    return Ran(Runs.of(encoded(rows, into), into, None))


def _names(into: Dictionaries) -> tuple[str, ...]:
    return ("id", "batch", *NUMBERS, *into.values)


def _row(place: int, found: Configuration, runtime: float) -> Mapping[str, Any]:
    return {**found.model_dump(), "id": place, "runtime_seconds": runtime}
