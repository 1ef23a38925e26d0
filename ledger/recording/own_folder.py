"""A folder beside the ledger's home that is its user's alone.

What waits in it tells of a user's jobs, and what is taken from it is signed in their name. Where
others can write to the folder above, one of them may have made it first.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_OTHERS = 0o077
_OTHERS_WRITE = 0o022


class StrangeQueueError(Exception):
    """The folder is another user's, or others may write to it or read it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is not this user's alone, and nothing is kept there or taken from it: "
            "remove it, or, if it is yours, chmod 700 it"
        )


class OwnFolder:
    """A folder that nobody but its user may enter; it need not be there yet.

    Args:
        path: where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def is_own(self) -> bool:
        """Whether it is there, and this user's alone."""
        try:
            os.close(self._open())
        except (OSError, StrangeQueueError):
            return False
        return True

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Its descriptor, for what is done in it; it is made if it is not there.

        Raises:
            StrangeQueueError: it is not this user's alone.
            OSError: it cannot be made.
        """
        try:
            folder = self._open()
        except FileNotFoundError:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = self._open()
        try:
            yield folder
        finally:
            os.close(folder)

    def log(self, name: str) -> IO[bytes]:
        """A file in it that is written anew, and through no link.

        Raises:
            OSError: it cannot be written, or is a link.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        return os.fdopen(os.open(self.path / name, flags, 0o600), "wb")

    def _open(self) -> int:
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise
        except OSError as error:  # a link, a file, or closed to this user
            raise StrangeQueueError(self.path) from error
        if not _is_closed_to_others(folder):
            os.close(folder)
            raise StrangeQueueError(self.path)
        return folder


def _is_closed_to_others(folder: int) -> bool:
    """Whether it is; one of this user's to which nobody else can write is closed to them now."""
    found = os.fstat(folder)
    if found.st_uid != os.geteuid() or found.st_mode & _OTHERS_WRITE:
        return False
    if found.st_mode & _OTHERS:
        os.fchmod(folder, 0o700)
    return True
