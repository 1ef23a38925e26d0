"""One round over a source: whatever has ended since the last one is taken."""

import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic

from ledger.capture.rows import TableError
from ledger.capture.spark_events.errors import NotFinishedError
from ledger.errors import UnavailableError
from ledger.record.schema import Record
from ledger.watch.memory import Memory
from ledger.watch.source import Candidate
from ledger.watch.source import Log
from ledger.watch.source import Source


class What(StrEnum):
    """What became of an application."""

    TAKEN = "taken"
    REFUSED = "refused"
    WAITS = "waits"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Seen:
    """An application that a round came by.

    Attributes:
        name: under which it is remembered.
        what: became of it.
        record: made of it, where it was taken.
        cid: of that.
        reason: why there is none, and what to do about it.
    """

    name: str
    what: What
    record: Record | None = None
    cid: str = ""
    reason: str = ""


class Watcher(Generic[Log]):
    """Takes each application of a source once, when it has ended.

    Args:
        source: where applications leave their logs.
        memory: what was taken before.
        keep: keeps a record durably and returns its CID.
        read: makes the record of a log; told whether the application was killed.
        abandoned_seconds: an application whose log has not changed for so long was killed; of some
            places nobody can tell, and there it is infinite.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        source: Source[Log],
        memory: Memory,
        keep: Callable[[Record], str],
        *,
        read: Callable[[Log, bool], Record],
        abandoned_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._memory = memory
        self._keep = keep
        self._read = read
        self._abandoned_seconds = abandoned_seconds
        self._clock = clock

    def round(self) -> Iterator[Seen]:
        """Look at every application once; those that are dealt with are passed over.

        One that cannot be read now, as its place does not give it, is tried again in the next round
        and holds up no other.

        Raises:
            SourceUnavailableError: the source cannot be looked at.
        """
        for found in self._source.candidates():
            if not self._memory.is_settled(found.name, found.changed):
                yield self._look_at(found)

    def _look_at(self, found: Candidate[Log]) -> Seen:
        since = self._memory.unchanged_since(found.name, found.changed, found.changed_at)
        abandoned = self._clock() - since >= self._abandoned_seconds
        if found.in_progress and not abandoned:
            return Seen(found.name, What.WAITS, reason="it has not ended")
        try:
            with found.open() as log:
                record = self._read(log, abandoned)
        except NotFinishedError as error:
            return Seen(found.name, What.WAITS, reason=error.message)
        except TableError as error:
            reason = f"{error.message}. {error.hint}"
            self._memory.refused(found.name, found.changed, reason)
            return Seen(found.name, What.REFUSED, reason=reason)
        except UnavailableError as error:
            return Seen(found.name, What.UNREADABLE, reason=error.message)
        except OSError as error:
            return Seen(found.name, What.UNREADABLE, reason=str(error))
        cid = self._keep(record)
        self._memory.taken(found.name, found.changed, cid)
        return Seen(found.name, What.TAKEN, record, cid)
