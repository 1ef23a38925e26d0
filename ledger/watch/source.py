"""What is watched: a place where applications leave their logs."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic
from typing import Protocol
from typing import TypeVar

from ledger.errors import UnavailableError

IN_PROGRESS = ".inprogress"

Log = TypeVar("Log")
Log_co = TypeVar("Log_co", covariant=True)
"""What a framework tells of one application: an event log, or the answers of a REST API."""


class SourceUnavailableError(UnavailableError):
    """The place that is watched cannot be looked at; it is tried again."""


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Log_co]):
    """An application, as its place shows it.

    Attributes:
        name: under which it is remembered; the same before and after its end.
        changed: tells this state of its log from later ones.
        changed_at: when it changed, in seconds since 1970; None: the place does not say.
        in_progress: whether the place says that it has not ended.
        size: of its log, in bytes; 0: the place does not say.
        open: its log, to be read within the context.
    """

    name: str
    changed: str
    changed_at: float | None
    in_progress: bool
    size: int
    open: Callable[[], AbstractContextManager[Log_co]]


class Source(Protocol[Log_co]):
    """A place.

    Attributes:
        url: under which it is remembered; holds no credentials.
    """

    url: str

    def candidates(self) -> Iterator[Candidate[Log_co]]:
        """The applications that are there.

        Raises:
            SourceUnavailableError: it cannot be looked at.
        """
