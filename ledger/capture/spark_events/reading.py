"""From an event log to a record."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from dataclasses import field
from typing import Self

from ledger.capture.entries import Entry
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.mapping import Mapping
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.capture.spark_events.application import Application
from ledger.capture.spark_events.compression import Uncompressed
from ledger.capture.spark_events.compression import UnreadCodecError
from ledger.capture.spark_events.errors import EventLogError
from ledger.capture.spark_events.errors import LogUnavailableError
from ledger.capture.spark_events.errors import NotFinishedError
from ledger.capture.spark_events.events import Events
from ledger.capture.spark_events.events import Progress
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.recording import record_of
from ledger.record.schema import Record

_BEGINNING = re.compile(
    rb'\s*\{\s*"Event"\s*:\s*"(?:SparkListener[A-Z]|org\.apache\.spark\.|SparkFirehoseListener)'
)
_LOOKED_AT = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """How logs are read.

    Attributes:
        log_map: what applications are called, and what their parameters are.
        killed: take an application that has no end as killed.
    """

    log_map: EventLogMap = field(default_factory=EventLogMap)
    killed: bool = False

    @classmethod
    def by(cls, mapping: Mapping | None, *, killed: bool = False) -> Self:
        """As a map says, if there is one."""
        given = mapping.event_logs if mapping is not None else None
        return cls(given or EventLogMap(), killed)


def read_log(
    log: EventLog, how: Reading | None = None, progress: Progress = lambda _: None
) -> Record:
    """The record of the application whose log it is.

    The log is read once, as a stream; memory grows with what runs at one time, not with its length.

    Args:
        log: the log.
        how: how it is read.
        progress: told now and then how many bytes of it were consumed, as they are stored.

    Raises:
        NotFinishedError: the application has no end, and is not to be taken as killed.
        NoApplicationError: it does not say of which application it is.
        EventLogError: it cannot be read, or no record can be made of it.
    """
    how = how or Reading()
    log.require_whole()
    application = Application()
    events = Events(log, application.kinds, progress)
    for event in events:
        application.take(event)
    application.require_started(events.lines)
    if application.ended is None and not how.killed:
        raise NotFinishedError(application.identifier, events.lines)
    return record_of(application, events.sha256, how.log_map, compacted=log.compacted)


def reader(log_map: EventLogMap) -> Callable[[EventLog, bool], Record]:
    """Reads logs by a map, for whoever finds out only later which of them were killed."""
    return lambda log, killed: read_log(log, Reading(log_map, killed=killed))


def row_of_log(
    row: int, log: EventLog, how: Reading | None = None, progress: Progress = lambda _: None
) -> Row:
    """The same as a row, good or bad, for whoever reads several."""
    try:
        return Good(row, 1, read_log(log, how, progress))
    except EventLogError as error:
        reason = f"{error.message}. {error.hint}" if error.hint else error.message
        named = f"{log.name}: {reason}" if log.within else reason
        return Bad(row, max(1, error.line), None, named)
    except LogUnavailableError as error:
        return Bad(row, 1, None, error.message)


def rows_of_logs(
    logs: Iterator[EventLog], how: Reading, progress: Progress | None = None
) -> Iterator[Row]:
    """One row for each log."""
    told = progress or (lambda _: None)
    return (row_of_log(row, log, how, told) for row, log in enumerate(logs, 1))


def is_event_log(entry: Entry) -> bool:
    """Whether a file begins as an event log, or a part of one, does.

    One whose codec nothing but Spark uses is taken for a log, so that reading it says why it cannot
    be read.
    """
    try:
        with closing(entry.open()) as raw:
            return bool(_BEGINNING.match(Uncompressed(raw).read(_LOOKED_AT) or b""))
    except UnreadCodecError:
        return True
    except (EventLogError, LogUnavailableError, OSError):
        return False
