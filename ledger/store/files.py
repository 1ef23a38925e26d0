"""Files that are whole after a crash."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO
from typing import cast

from ledger.errors import UnavailableError


class UnusableFileError(UnavailableError):
    """A database file cannot be read or written."""

    def __init__(self, path: Path, error: sqlite3.Error) -> None:
        super().__init__(
            f"{path} cannot be used: {error}",
            hint="Is the disk full, or the file another user's, or damaged? `perfledger doctor` "
            "looks at every part.",
        )


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Turns what SQLite says of a file into an error a user understands.

    A broken constraint says something of the data and nothing of the file: it passes as it is.

    Raises:
        UnusableFileError: SQLite cannot read or write it.
    """
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise UnusableFileError(path, error) from error


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace a file's content at once: readers see the old or the new, also after a power cut."""
    with writing_durably(path, mode=mode) as file:
        file.write(content)


@contextmanager
def writing_durably(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file to write to, which replaces that at a path when all is written, and else goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
        try:
            yield cast("BinaryIO", temporary)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).chmod(mode)
            Path(temporary.name).replace(path)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
