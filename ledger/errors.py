"""Every error a user can meet says what happened and what to do about it.

A subclass stands in the module whose fault it names; this module holds the base class and the
errors that more than one stage raises. Exit codes follow ``sysexits.h`` where one fits.
"""

from typing import ClassVar


class PerfledgerError(Exception):
    """Base class of everything perfledger raises on purpose.

    Attributes:
        message: what happened, in one sentence.
        hint: what the reader can do about it; may be empty where nothing can be done.
        exit_code: what the command exits with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def diagnostics(self) -> str:
        """The message with its hint, as it is shown to a user."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InvalidInputError(PerfledgerError):
    """What the user gave cannot be used as it is."""

    exit_code: ClassVar[int] = 65


class NotFoundError(PerfledgerError):
    """What was asked for is not known here."""

    exit_code: ClassVar[int] = 66


class UnavailableError(PerfledgerError):
    """A service that is needed does not answer."""

    exit_code: ClassVar[int] = 69


class SettingsError(PerfledgerError):
    """A setting is missing or contradicts another."""

    exit_code: ClassVar[int] = 78
