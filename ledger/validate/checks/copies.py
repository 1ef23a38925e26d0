"""Copies: what one contributor measured, told again by another under another origin.

Two executions that took the same whole number of seconds are no copies of each other: clusters
repeat themselves. So a single record is a copy only if it also has the start or the measurements of
another's; records that say no more than a runtime are judged together, and only where so many of a
submission's records are found with others that chance is no explanation.
"""

from collections import Counter
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence

from ledger.validate.checks.runs import Run

LEAST_COPIES = 10
"""Records without detail that have to coincide."""

LEAST_SHARE = 0.8
"""Share of a submission's records without detail of a job that have to coincide. Of C3O's
executions, rounded to two seconds, two in three coincide with a repeat at most."""


class Known:
    """Contents that others contributed, each with how often who did."""

    def __init__(self, earlier: Iterable[Run]) -> None:
        self._by_content: defaultdict[bytes, Counter[str]] = defaultdict(Counter)
        for run in earlier:
            self.add(run)

    def add(self, run: Run) -> None:
        """One more that later ones may be copies of."""
        self._by_content[run.content][run.contributor] += 1

    def by_others(self, run: Run) -> int:
        """How often others contributed the content of a run."""
        found = self._by_content.get(run.content)
        return found.total() - found[run.contributor] if found else 0


def copies(submitted: Sequence[tuple[int, Run]], known: Known) -> set[int]:
    """Places of one submission's runs that are copies of what others contributed before."""
    found: set[int] = set()
    matched: defaultdict[str, list[int]] = defaultdict(list)
    bland: Counter[str] = Counter()
    used: Counter[bytes] = Counter()
    for place, run in submitted:
        job = run.family[0]
        bland[job] += not run.telling
        if used[run.content] >= known.by_others(run):
            continue
        used[run.content] += 1  # each of theirs accounts for one of these
        if run.telling:
            found.add(place)
        else:
            matched[job].append(place)
    for job, places in matched.items():
        if len(places) >= max(LEAST_COPIES, LEAST_SHARE * bland[job]):
            found.update(places)
    return found
