"""A new folder for what tests write, in memory where there is room: ``python -m tools.scratch``.

Nodes, chains and databases wait for the disk at each commit, so that a power cut takes nothing that
was acknowledged. No test cuts the power, and thousands of commits would wait for nothing. Whoever
asks for the folder deletes it.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
"""Where Linux has a file system in memory."""

LEAST_FREE = 6 * 2**30
"""Bytes; a whole run writes a quarter of them."""


def folder(memory: Path = MEMORY, *, least_free: int = LEAST_FREE) -> Path:
    """Make the folder.

    Args:
        memory: where it should be.
        least_free: in bytes; where there is less, it is where Python puts temporary files.
    """
    try:
        if shutil.disk_usage(memory).free >= least_free and _runs_programs(memory):
            return Path(tempfile.mkdtemp(prefix="perfledger-", dir=memory))
    except OSError:
        pass  # there is none, or it is not ours to write to
    return Path(tempfile.mkdtemp(prefix="perfledger-"))


def _runs_programs(place: Path) -> bool:
    """Whether a file there may be executed; containers like to mount it with ``noexec``."""
    with tempfile.NamedTemporaryFile(dir=place) as file:
        Path(file.name).chmod(0o700)
        return os.access(file.name, os.X_OK)


if __name__ == "__main__":
    sys.stdout.write(f"{folder()}\n")
