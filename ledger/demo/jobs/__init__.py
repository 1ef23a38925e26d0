"""Four small jobs of the kinds that run on clusters, in Python, parallel over processes.

Each reads one file and writes one file: ``python -m ledger.demo.jobs sort --input F --workers 2
--output G``. The result does not depend on the number of workers. Importing this package is cheap;
the jobs themselves are imported when they run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

MEGABYTE = 1_000_000

WORKERS = (1, 2)
"""The scale-outs the demonstration runs every job on."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A job the demonstration can run.

    Attributes:
        name: as on the command line and in records.
        description: what it does, for a reader.
        sizes: input sizes in bytes that take a fraction of a second to a few seconds.
        predicted_size: a further size in bytes, whose runtime can be predicted from the others.
        parameters: its parameters and their values; options of the same name override them.
    """

    name: str
    description: str
    sizes: tuple[int, ...]
    predicted_size: int
    parameters: Mapping[str, int | str] = field(default_factory=dict)


def kinds() -> tuple[JobKind, ...]:
    """The jobs, in the order they are shown."""
    return (
        JobKind("sort", "sorts lines", _megabytes(8, 16, 32), 24 * MEGABYTE),
        JobKind(
            "grep",
            "finds lines in which a long word comes twice",
            _megabytes(12, 24, 48),
            36 * MEGABYTE,
            {"pattern": r"\b(\w{6,}) (.* )?\1\b"},
        ),
        JobKind("wordcount", "counts words", _megabytes(16, 32, 64), 48 * MEGABYTE),
        JobKind(
            "kmeans",
            "finds clusters of points",
            _megabytes(8, 16, 32),
            24 * MEGABYTE,
            {"k": 8, "iterations": 30},
        ),
    )


def kind(name: str) -> JobKind:
    """The job of a name.

    Raises:
        KeyError: there is none.
    """
    return {each.name: each for each in kinds()}[name]


def _megabytes(*sizes: int) -> tuple[int, ...]:
    return tuple(size * MEGABYTE for size in sizes)
