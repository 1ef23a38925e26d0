"""Runs of other jobs on a machine type: what they say of it helps a job that never ran there."""

import threading
from collections import ChainMap
from collections import OrderedDict
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace

from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.views import LedgerStatus
from ledger.insight.evidence import Evidence
from ledger.insight.evidence import Only
from ledger.insight.evidence import evidence
from ledger.model.columns import Runs
from ledger.model.columns import runs_of
from ledger.model.machines import Others
from ledger.model.observation import Observation
from ledger.model.standing import counting
from ledger.record.schema import Status

MOST_JOBS = 8
"""Jobs that are looked at, those of most runs there first."""

MOST_RUNS = 500
"""Runs of each that are read on the machine type, and as many on others."""

MOST_TYPES = 4
"""Machine types that are looked up for one question: records are read for each, whoever asks."""

MOST_CHARACTERS = 256
"""Of the name of a machine type in a record."""

MOST_HELD = 16
"""Machine types of which what was read is held."""


def types_of_others(
    queries: Queries, own: Runs, only: Only, named: Sequence[str] = ()
) -> tuple[str, ...]:
    """Machine types that a job never ran on and others did, by name.

    No record is read for it. Of very many types, those with the most runs are given.

    Args:
        queries: what is asked.
        own: runs of the job.
        only: which records count.
        named: types to give even if they are not among those with the most runs; so many are
            looked up as one question may be about.
    """
    known = {str(each) for each in own.machine_type.known()}
    found = {each.value for each in queries.facet("machine_type", _counted(only)) if each.count}
    absent = dict.fromkeys(
        name for name in named if 0 < len(name) <= MOST_CHARACTERS and name not in known | found
    )
    for name in list(absent)[:MOST_TYPES]:
        if any(each.count for each in queries.facet("job", _counted(only, name))):
            found.add(name)
    return tuple(sorted(found - known))


def _counted(only: Only, *machine_types: str) -> Filter:
    """Runs that count."""
    return Filter(
        machine_type=machine_types,
        status=counting(accepted_only=only is Only.ACCEPTED),
        outcome=(Status.SUCCEEDED,),
    )


class OtherJobs:
    """What an index knows of other jobs, read when it is asked for and once; threads may share it.

    Args:
        queries: what is asked.
        own: runs of the job that is not meant: runs on their machine types are read.
        job: its name.
        only: which records count.
    """

    def __init__(self, queries: Queries, own: Runs, job: str, only: Only) -> None:
        self._queries = queries
        self._types = tuple(map(str, own.machine_type.values))
        self._job = job
        self._only = only
        self._found: OrderedDict[str, Mapping[str, Runs]] = OrderedDict()
        self._lock = threading.Lock()
        self._statuses: dict[str, LedgerStatus] = {}

    def __call__(self, machine_type: str) -> Mapping[str, Runs]:
        """See `ledger.model.machines.Others`."""
        with self._lock:
            if machine_type not in self._found:
                jobs = self._jobs_on(machine_type)
                self._found[machine_type] = {job: self._runs(job, machine_type) for job in jobs}
                while len(self._found) > MOST_HELD:
                    self._found.popitem(last=False)
            self._found.move_to_end(machine_type)
            return self._found[machine_type]

    def for_one_question(self) -> Others:
        """The same of the first `MOST_TYPES` machine types that are asked for."""
        asked: set[str] = set()

        def others(machine_type: str) -> Mapping[str, Runs]:
            if machine_type not in asked and len(asked) >= MOST_TYPES:
                return {}
            asked.add(machine_type)
            return self(machine_type)

        return others

    def beside(self, own: Evidence) -> Evidence:
        """A job's evidence that knows where the others' records stand too."""
        return replace(own, statuses=ChainMap(self._statuses, dict(own.statuses)))

    def _jobs_on(self, machine_type: str) -> list[str]:
        chosen = _counted(self._only, machine_type)
        jobs = self._queries.facet("job", chosen)
        return [each.value for each in jobs if each.count and each.value != self._job][:MOST_JOBS]

    def _runs(self, job: str, machine_type: str) -> Runs:
        runs: list[Observation] = []
        elsewhere = [name for name in self._types if name != machine_type]
        for types in filter(None, ([machine_type], elsewhere)):
            found = evidence(self._queries, job, self._only, most=MOST_RUNS, machine_types=types)
            self._statuses.update(found.statuses)
            runs += found.observations
        return runs_of(runs)
