"""Files of the home folder that hold what nobody but its owner may read."""

import stat
from pathlib import Path

from ledger.store.database import Database

_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_database(path: Path, schema: str) -> Database:
    """A database in a file that only its owner may read, as SQLite's own files beside it.

    One that others could read until now is closed to them.

    Args:
        path: the file, made if there is none; its folder then is closed to others, too.
        schema: statements that make what is not there yet.

    Raises:
        UnusableFileError: the file is damaged, or cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=_MODE)
    if path.stat().st_mode & _OTHERS:
        path.chmod(_MODE)
    return Database(path, schema)
