"""The folder in which plain records are while they are looked at.

A command that is killed cannot remove it; the next one does. What is in use is locked, and the
lock of a process ends with it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock
from filelock import Timeout

_PREFIX = "view-"
_IN_USE = "in-use.lock"


@contextmanager
def place_to_look(folder: Path) -> Iterator[Path]:
    """A new folder that its owner alone may enter, and that is gone afterwards.

    Args:
        folder: where it is made, and where those that were left are removed.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    turn = FileLock(folder / "view.lock")
    with turn:
        _clear(folder)
        made = TemporaryDirectory(dir=folder, prefix=_PREFIX)
        in_use = FileLock(Path(made.name) / _IN_USE)
        in_use.acquire()
    try:
        yield Path(made.name)
    finally:
        with turn:
            made.cleanup()
            in_use.release()


def _clear(folder: Path) -> None:
    """Remove what killed processes left."""
    for left in folder.glob(f"{_PREFIX}*"):
        try:
            with FileLock(left / _IN_USE, blocking=False):
                shutil.rmtree(left)
        except Timeout:
            continue
