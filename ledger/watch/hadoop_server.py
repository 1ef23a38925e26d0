"""Servers of Hadoop: a JobHistory server, and a ResourceManager.

Source: "MapReduce History Server REST API's" and "ResourceManager REST API's" of Apache Hadoop.
"""

from collections.abc import Container
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from ledger.capture.answers import Answers
from ledger.capture.answers import objects_in
from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.hadoop_jobs.application import APPLICATIONS
from ledger.capture.hadoop_jobs.application import CLUSTER
from ledger.capture.hadoop_jobs.application import STATES
from ledger.capture.hadoop_jobs.mapreduce import HISTORY
from ledger.capture.hadoop_jobs.mapreduce import JOBS
from ledger.capture.hadoop_jobs.mapreduce import STATUSES
from ledger.capture.hadoop_jobs.nodes import Size
from ledger.capture.hadoop_jobs.nodes import sizes_of
from ledger.watch.rest import Rest
from ledger.watch.rest import ServerAnswers
from ledger.watch.source import Candidate

HISTORY_EXAMPLE = "http://history.example:19888"
MANAGER_EXAMPLE = "http://manager.example:8088"


class JobHistory:
    """The MapReduce jobs that a JobHistory server knows; it knows them when they have ended.

    Args:
        url: where it is, e.g. ``http://history.example:19888``.

    Raises:
        RestURLError: it is none.
    """

    def __init__(self, url: str) -> None:
        self._rest = Rest(url, "the JobHistory server", HISTORY_EXAMPLE)
        self.url = self._rest.url

    def is_one(self) -> bool:
        """Whether it answers as one.

        Raises:
            SourceUnavailableError: it does not answer.
        """
        return part_of(self._rest.json_if_any(f"{HISTORY}/info"), "historyInfo") is not None

    def candidates(self) -> Iterator[Candidate[Answers]]:
        """Every job that it lists.

        Raises:
            SourceUnavailableError: it does not answer, or not as a JobHistory server does.
        """
        listed = self._rest.json(JOBS)
        yield from _candidates(self._rest, part_of(listed, "jobs", "job"), "finishTime", STATUSES)


class ResourceManager:
    """The applications that a ResourceManager knows.

    Args:
        url: where it is, e.g. ``http://manager.example:8088``.
        kinds: as YARN calls them, e.g. ``TEZ``; none: all.

    Raises:
        RestURLError: it is none.
    """

    def __init__(self, url: str, kinds: tuple[str, ...] = ()) -> None:
        self._rest = Rest(url, "the ResourceManager", MANAGER_EXAMPLE)
        self._kinds = {each.lower() for each in kinds}
        self.url = self._rest.url

    def candidates(self) -> Iterator[Candidate[Answers]]:
        """Every application of these kinds that it lists.

        Raises:
            SourceUnavailableError: it does not answer, or not as a ResourceManager does.
        """
        listed = part_of(self._rest.json(APPLICATIONS), "apps", "app")
        try:
            chosen = [each for each in objects_in(listed) if self._is_chosen(each)]
        except ValueError as error:
            raise self._rest.unlike(f"applications where {error}") from error
        yield from _candidates(self._rest, chosen, "finishedTime", STATES)

    def sizes(self) -> list[Size]:
        """The sizes of the nodes that are up.

        Raises:
            SourceUnavailableError: it does not answer, or not as a ResourceManager does.
        """
        listed = self._rest.json(f"{CLUSTER}/nodes")
        try:
            return sizes_of(objects_in(part_of(listed, "nodes", "node")))
        except ValueError as error:
            raise self._rest.unlike(f"nodes where {error}") from error

    def _is_chosen(self, application: dict[str, Any]) -> bool:
        return not self._kinds or text_of(application, "applicationType").lower() in self._kinds


def _candidates(
    rest: Rest, listed: Any, finished: str, last: Container[str]
) -> Iterator[Candidate[Answers]]:
    """What a list holds.

    Args:
        rest: whose list it is.
        listed: the list.
        finished: what tells when one ended.
        last: the states in which one stays.
    """
    try:
        for each in objects_in(listed):
            identifier, state = text_of(each, "id"), text_of(each, "state")
            changed = count_of(each, finished)
            yield Candidate(
                identifier,
                f"{state} {changed}",
                changed / 1000 or None,
                state not in last,
                0,
                partial(_answers, rest, identifier),
            )
    except ValueError as error:
        raise rest.unlike(f"a list where {error}") from error


@contextmanager
def _answers(rest: Rest, identifier: str) -> Iterator[Answers]:
    yield ServerAnswers(rest, identifier)
