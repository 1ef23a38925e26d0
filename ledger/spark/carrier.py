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
from typing import IO

from ledger import settings
from ledger.recording.own_folder import StrangeQueueError
from ledger.recording.taker import NOT_OWN
from ledger.spark.queue import LogQueue
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
    wait_for_ends(LogQueue(given.home).folder)
    return carry(given.home, given.map)


def wait_for_ends(queue: Path, seconds: float = WAIT_SECONDS) -> None:
    """Wait until no log is being written, but not for long: others may have just begun."""
    deadline = time.monotonic() + seconds
    while any(_is_fresh(path, seconds) for path in queue.rglob(f"*{IN_PROGRESS}")):
        if time.monotonic() > deadline:
            return
        time.sleep(LOOK_SECONDS)


def carry(home: Path, map_file: Path | None = None) -> int:
    """Take what has ended, and clear it away; returns the exit code of ``perfledger watch``."""
    queue = LogQueue(home)
    if not queue.own.is_own():
        print(StrangeQueueError(queue.folder), file=sys.stderr)
        return NOT_OWN
    with queue.own.log(LOG) as log:
        codes = [
            _watch(home, group, place, map_file, log) for group, place in queue.places().items()
        ]
    return next(filter(None, codes), 0)


def _watch(
    home: Path, group: str | None, place: Path, map_file: Path | None, log: IO[bytes]
) -> int:
    more = ["--map", str(map_file)] if map_file else []
    if group is not None:
        more.append(f"--group={group}")
    command = [sys.executable, "-P", "-m", "ledger.cli", "--home", str(home), "watch", "spark"]
    done = subprocess.run(
        [*command, str(place), "--once", *more],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        check=False,
    )
    if home.is_dir() and settings.load(home).watched_path.exists():
        _clear(settings.load(home).watched_path, place)
    return done.returncode


def _clear(watched: Path, place: Path) -> None:
    memory = Memory(watched, Folder(str(place)).url)
    try:
        for name in memory.names_taken():
            (place / name).unlink(missing_ok=True)
            (place / f"{name}{IN_PROGRESS}").unlink(missing_ok=True)
    finally:
        memory.close()


def _is_fresh(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime < seconds
    except FileNotFoundError:  # it has just ended
        return False


if __name__ == "__main__":
    sys.exit(main())
