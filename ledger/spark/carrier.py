"""The process that takes event logs from the queue, after the program that wrote them has ended.

It works in the background, at a low priority, and says what happened in ``.carrier.log`` beside the
logs. What is on the ledger, or durable on its way there, leaves the queue.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from ledger import settings
from ledger.spark.recorded import queue_of
from ledger.watch.folder import Folder
from ledger.watch.memory import Memory
from ledger.watch.source import IN_PROGRESS

WAIT_SECONDS = 60.0
"""For the JVM, which writes the end of the log after Python's own."""

LOOK_SECONDS = 0.2
NICENESS = 10
LOG = ".carrier.log"


def main() -> int:
    """Take what is in the queue; returns the exit code of ``perfledger watch``."""
    parser = argparse.ArgumentParser(description="Take the event logs of ended applications.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--map", type=Path)
    given = parser.parse_args()
    os.nice(NICENESS)
    queue = queue_of(given.home)
    wait_for_ends(queue)
    return carry(given.home, given.map)


def wait_for_ends(queue: Path, seconds: float = WAIT_SECONDS) -> None:
    """Wait until no log is being written, but not for long: others may have just begun."""
    deadline = time.monotonic() + seconds
    while any(_is_fresh(path, seconds) for path in queue.glob(f"*{IN_PROGRESS}")):
        if time.monotonic() > deadline:
            return
        time.sleep(LOOK_SECONDS)


def carry(home: Path, map_file: Path | None = None) -> int:
    """Take what has ended, and clear it away; returns the exit code of ``perfledger watch``."""
    queue = queue_of(home)
    more = ["--map", str(map_file)] if map_file else []
    command = [sys.executable, "-P", "-m", "ledger.cli", "--home", str(home), "watch", "spark"]
    with (queue / LOG).open("wb") as log:
        done = subprocess.run(
            [*command, str(queue), "--once", *more],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    if home.is_dir() and settings.load(home).watched_path.exists():
        _clear(settings.load(home).watched_path, queue)
    return done.returncode


def _clear(watched: Path, queue: Path) -> None:
    memory = Memory(watched, Folder(str(queue)).url)
    try:
        for name in memory.names_taken():
            (queue / name).unlink(missing_ok=True)
            (queue / f"{name}{IN_PROGRESS}").unlink(missing_ok=True)
    finally:
        memory.close()


def _is_fresh(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime < seconds
    except FileNotFoundError:  # it has just ended
        return False


if __name__ == "__main__":
    sys.exit(main())
