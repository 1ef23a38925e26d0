"""A folder of event logs: on this machine, or wherever fsspec reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ledger.capture.entries import Entry
from ledger.capture.spark_events.parts import ROLLING_PREFIX
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.parts import logs_among
from ledger.capture.spark_events.reading import is_event_log
from ledger.watch.files import Files
from ledger.watch.files import changed_at
from ledger.watch.files import name_of
from ledger.watch.source import IN_PROGRESS
from ledger.watch.source import Candidate


class Folder:
    """The folder in which applications write their logs (``spark.eventLog.dir``).

    Args:
        url: a path, or a URL as fsspec takes it.

    Raises:
        FolderURLError: nothing here reads such URLs.
    """

    def __init__(self, url: str) -> None:
        self._files = Files(url)
        self.url = self._files.url
        self._looked: dict[str, bool] = {}

    def candidates(self) -> Iterator[Candidate[EventLog]]:
        """The logs that are in it, finished or not.

        Raises:
            SourceUnavailableError: it cannot be listed.
        """
        looked, self._looked = self._looked, {}
        for log in logs_among(self._entries()):
            # A look into a file costs a request, so each of its states is looked at once.
            key = f"{log.name} {log.changed}"
            is_log = True if log.parts[0].folder else looked.get(key)
            self._looked[key] = is_event_log(log.parts[0]) if is_log is None else is_log
            if not self._looked[key]:
                continue
            yield Candidate(
                log.name.removesuffix(IN_PROGRESS),
                f"{log.changed}{' …' if log.in_progress else ''}",
                max(map(changed_at, log.parts)) or None,
                log.in_progress,
                log.size,
                partial(_as_it_is, log),
            )

    def _entries(self) -> Iterator[Entry]:
        for each in self._files.listed(self._files.path):
            name = name_of(each)
            if each["type"] == "directory":
                if name.startswith(ROLLING_PREFIX):
                    inner = self._files.listed(each["name"])
                    yield from (self._files.entry(name, file) for file in inner)
            else:
                yield self._files.entry("", each)


@contextmanager
def _as_it_is(log: EventLog) -> Iterator[EventLog]:
    yield log
