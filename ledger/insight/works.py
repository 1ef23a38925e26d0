"""What was done, wherever it ran: jobs on inputs with their parameters."""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ledger.index.views import View
from ledger.insight.configurations import CLUSTER
from ledger.insight.configurations import Repeats
from ledger.insight.ran import Ran


class Work(View):
    """What was done, wherever it ran: a job on an input with its parameters."""

    job: str
    algorithm: str | None
    input_bytes: int | None
    settings: tuple[str, ...] = Field(description="Parameters and the like, as ``name=value``.")
    runs: int
    clusters: list[Repeats] = Field(description="Where it ran, the fastest (by median) first.")

    def query(self) -> dict[str, list[str]]:
        """The filter, as parameters of an address, that passes its runs."""
        found = self.clusters[0].configuration.query()
        return {name: values for name, values in found.items() if name not in CLUSTER}


class Works:
    """Configurations by what they did: what ran on most clusters first, then what ran most.

    Args:
        ran: the configurations.
    """

    def __init__(self, ran: Ran) -> None:
        self._ran = ran
        found, first, self._members = np.unique(
            ran.runs.besides(CLUSTER), return_index=True, return_inverse=True
        )
        clusters = np.bincount(self._members, minlength=len(found))
        runs = np.bincount(self._members, ran.counts, len(found))
        sizes = np.nan_to_num(ran.runs.sizes()[first])
        self._order: NDArray[np.int64] = np.lexsort((first, sizes, -runs, -clusters))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._order)

    def work(self, place: int) -> Work:
        """The one at a place."""
        members = np.flatnonzero(self._members == self._order[place])
        clusters = self._ran.repeats(members)
        one = clusters[0].configuration
        return Work(
            job=one.job,
            algorithm=one.algorithm,
            input_bytes=one.input_bytes,
            settings=one.settings,
            runs=sum(each.runtime.count for each in clusters),
            clusters=sorted(clusters, key=lambda each: each.runtime.median),
        )
