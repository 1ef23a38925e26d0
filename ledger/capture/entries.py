"""Files among which runs are looked for, on this machine or elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Entry:
    """A file among which logs are looked for.

    Attributes:
        folder: the name of the folder it is in; "": none.
        name: its own.
        size: in bytes.
        open: a new stream at its first byte.
        changed: tells this content of the file from later ones, e.g. when it was written.
    """

    folder: str
    name: str
    size: int
    open: Callable[[], BinaryIO]
    changed: str = ""
