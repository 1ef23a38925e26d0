"""Places for long answers."""

from threading import BoundedSemaphore

from ledger.errors import UnavailableError


class BusyError(UnavailableError):
    """Every place is taken."""


class StreamSlots:
    """A number of places, taken without waiting."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._places = BoundedSemaphore(number)

    def take(self) -> None:
        """Take a place.

        Raises:
            BusyError: there is none.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError(
                f"all {self._number} places for CAR streams are taken",
                hint="Ask again in a few seconds, or ask another node.",
            )

    def free(self) -> None:
        """Give a place back."""
        self._places.release()
