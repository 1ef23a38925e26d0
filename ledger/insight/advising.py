"""Answers how long a run will take and where it should run, and remembers what it took."""

import threading
from collections import OrderedDict

from ledger.errors import NotFoundError
from ledger.index.queries import Queries
from ledger.insight.advice import predicted
from ledger.insight.advice import recommended
from ledger.insight.advised import Predicted
from ledger.insight.advised import Recommended
from ledger.insight.evidence import Evidence
from ledger.insight.evidence import Only
from ledger.insight.evidence import evidence
from ledger.insight.others import OtherJobs
from ledger.model.advice.experiments import experiments
from ledger.model.advice.recommend import recommend
from ledger.model.advice.wishes import Wishes
from ledger.model.columns import Runs
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.prediction import LEVEL

MOST_JOBS = 8
"""Jobs of which the records are held."""


class Advisor:
    """Answers out of the records of an index, as of its present revision; threads may share it.

    Args:
        kept: models of earlier answers.
        most: records of a job that are read at most; None: all.
    """

    def __init__(self, kept: Kept | None = None, *, most: int | None = None) -> None:
        self._kept = kept or Kept()
        self._most = most
        self._found: OrderedDict[tuple[int, str, Only], tuple[Evidence, Known]] = OrderedDict()
        self._others: OrderedDict[tuple[int, str, Only], OtherJobs] = OrderedDict()
        self._lock = threading.Lock()

    def predict(
        self, queries: Queries, query: Query, *, only: Only = Only.ACCEPTED, level: float = LEVEL
    ) -> Predicted:
        """How long a run will take.

        Args:
            queries: what is asked.
            query: the run.
            only: which records count.
            level: share of runs that the interval should hold.

        Raises:
            TooFewRecordsError: too few comparable configurations are known.
            TooFarError: the run is too far from all of them.
        """
        found, known = self._evidence(queries, query.job, only)
        others = self._other_jobs(queries, known.runs(query.job), query.job, only)
        answer = predict(known, query, kept=self._kept, others=others.for_one_question())
        told = predicted(answer, others.beside(found), level)
        return told.model_copy(update={"notes": [*told.notes, *self._parts(found)]})

    def recommend(
        self, queries: Queries, query: Query, wishes: Wishes, *, only: Only = Only.ACCEPTED
    ) -> Recommended:
        """Where a run should run; of the query's cluster nothing is looked at.

        Args:
            queries: what is asked.
            query: the run.
            wishes: what it has to keep, and what may be chosen.
            only: which records count.

        Raises:
            NoOptionError: no cluster is known, or of none a runtime can be foretold.
        """
        found, known = self._evidence(queries, query.job, only)
        others = self._other_jobs(queries, known.runs(query.job), query.job, only)
        asked = others.for_one_question()
        answer = recommend(
            known,
            query,
            wishes.conditions,
            prices=wishes.prices,
            machine_types=wishes.machine_types,
            nodes=wishes.nodes,
            kept=self._kept,
            others=asked,
        )
        worth = experiments(
            known, query, answer, count=wishes.experiments, kept=self._kept, others=asked
        )
        told = recommended(answer, worth, others.beside(found), query.job)
        return told.model_copy(update={"notes": [*told.notes, *self._parts(found)]})

    def runs(self, queries: Queries, job: str, only: Only = Only.ACCEPTED) -> Runs:
        """The runs of a job that answers rest on.

        Raises:
            NotFoundError: there is none.
        """
        found = self._evidence(queries, job, only)[1].runs(job)
        if not len(found):
            raise NotFoundError(
                f"no run of {job[:40]!r} counts",
                hint="Runs count that succeeded and that validators accepted.",
            )
        return found

    def _other_jobs(self, queries: Queries, own: Runs, job: str, only: Only) -> OtherJobs:
        key = (queries.revision(), job, only)
        with self._lock:
            found = self._others.pop(key, None) or OtherJobs(queries, own, job, only)
            self._others[key] = found
            while len(self._others) > MOST_JOBS:
                self._others.popitem(last=False)
        return found

    def _parts(self, found: Evidence) -> list[str]:
        if found.is_whole:
            return []
        return [f"only the first {len(found.observations):,} records of the job are looked at"]

    def _evidence(self, queries: Queries, job: str, only: Only) -> tuple[Evidence, Known]:
        key = (queries.revision(), job, only)
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = evidence(queries, job, only, most=self._most)
        known = self._kept.known(found.observations)
        if not found.observations:
            return found, known
        with self._lock:
            for old in [each for each in self._found if each[1:] == key[1:]]:
                del self._found[old]
            self._found[key] = found, known
            while len(self._found) > MOST_JOBS:
                self._found.popitem(last=False)
        return found, known
