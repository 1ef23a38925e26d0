"""What every service has in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from typing import TypeVar
from typing import runtime_checkable

from tenacity import retry
from tenacity import stop_after_attempt
from tenacity import wait_exponential

from ledger.errors import UnavailableError

FOLDER = Path(__file__).resolve().parents[2] / ".services"
"""Ignored by git."""

ATTEMPTS = 3
"""Registries drop connections now and then."""

DOWNLOAD_SECONDS = 600

Answer = TypeVar("Answer")


class NotInstallableError(UnavailableError):
    """A service cannot be had here; the message says what was tried."""


class Service(Protocol):
    """Something that tests start and that is no Python package.

    Attributes:
        name: for people.
        needed_for: what is skipped without it.
        by_hand: how to get it where `install` cannot.
    """

    name: str
    needed_for: str
    by_hand: str

    def find(self) -> Path | None:
        """The program, if it is here."""

    def install(self) -> None:
        """Get it.

        Raises:
            NotInstallableError: it cannot be had here.
        """


@runtime_checkable
class Improvable(Protocol):
    """A service of which whatever is on PATH will do, and another serves better."""

    def best(self) -> Path | None:
        """The better program, if it is here."""


def attempt(action: Callable[[], Answer]) -> Answer:
    """What an action that needs a registry gives, tried `ATTEMPTS` times."""
    return retry(stop=stop_after_attempt(ATTEMPTS), wait=wait_exponential(max=10), reraise=True)(
        action
    )()
