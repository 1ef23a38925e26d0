"""The process that takes runs from the queue, after the program that left them there.

It works in the background, at a low priority, and says what happened in ``.taker.log`` beside them.
A run leaves the queue once it is durable on its way to the ledger, and no earlier: whatever ends
this process, or the ledger, it is taken the next time.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO
from typing import Any

from filelock import FileLock
from filelock import Timeout

from ledger.recording.handing_over import LOCK
from ledger.recording.own_folder import StrangeQueueError
from ledger.recording.queue import FOR_GROUP
from ledger.recording.queue import Queue

NICENESS = 10
LOG = ".taker.log"
OTHER_IS_AT_IT = 75
NOT_OWN = 77
NO_LEDGER = 78


def main() -> int:
    """Take what is in the queue; returns the exit code of ``perfledger contribute``."""
    parser = argparse.ArgumentParser(description="Take recorded runs from the queue.")
    parser.add_argument("home", type=Path)
    home: Path = parser.parse_args().home
    os.nice(NICENESS)
    return take(home)


def take(home: Path) -> int:
    """Take what waits, and what comes meanwhile; returns the exit code of the command."""
    queue = Queue(home)
    if queue.folder.exists() and not queue.own.is_own():
        print(StrangeQueueError(queue.folder), file=sys.stderr)
        return NOT_OWN
    tried: set[Path] = set()
    code = 0
    while waiting := [each for each in queue.waiting() if each not in tried]:
        try:
            with FileLock(queue.folder / LOCK, timeout=0):
                code = _contribute(home, queue, waiting)
        except Timeout:  # it looks again when it has done
            return OTHER_IS_AT_IT
        tried.update(waiting)
    return code


def _contribute(home: Path, queue: Queue, waiting: Sequence[Path]) -> int:
    with queue.own.log(LOG) as log:
        if not home.is_dir():
            log.write(f"there is no ledger in {home}; {len(waiting):,} runs wait\n".encode())
            return NO_LEDGER
        codes = [
            _hand_in(home, queue, group, entries, log)
            for group, entries in _by_group(waiting).items()
        ]
    return next(filter(None, codes), 0)


def _by_group(entries: Sequence[Path]) -> dict[str | None, list[Path]]:
    """Entries by the group that their program had set."""
    found: dict[str | None, list[Path]] = {}
    for entry in entries:
        found.setdefault(_group_of(entry), []).append(entry)
    return found


def _group_of(entry: Path) -> str | None:
    try:
        group = json.loads(entry.read_bytes())[FOR_GROUP]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return str(group)


def _hand_in(
    home: Path, queue: Queue, group: str | None, entries: Sequence[Path], log: IO[bytes]
) -> int:
    command = [sys.executable, "-P", "-m", "ledger.cli", "--home", str(home), "contribute"]
    if group is not None:
        command.append(f"--group={group}")
    with subprocess.Popen(
        [*command, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        encoding="utf-8",
    ) as contributing:
        assert contributing.stdin is not None
        assert contributing.stdout is not None
        feeding = threading.Thread(target=_feed, args=(contributing.stdin, entries), daemon=True)
        feeding.start()
        for told, entry in zip(contributing.stdout, entries, strict=False):
            _settle(queue, entry, json.loads(told))
        feeding.join()
    return contributing.returncode


def _feed(stream: IO[str], entries: Sequence[Path]) -> None:
    with suppress(BrokenPipeError), stream:
        for entry in entries:
            stream.write(_line(entry))


def _line(entry: Path) -> str:
    """A run in one line; what cannot be read becomes a line that is refused."""
    from ledger.capture.redaction import redact_values

    try:
        draft: dict[str, Any] = json.loads(entry.read_bytes())
        draft.pop(FOR_GROUP, None)
        job = draft["job"]
        job["parameters"] = redact_values(job.get("parameters", {}))
        draft["configuration"] = redact_values(draft.get("configuration", {}))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return f'"{entry.name} cannot be read"\n'
    return json.dumps(draft, ensure_ascii=False) + "\n"


def _settle(queue: Queue, entry: Path, told: dict[str, Any]) -> None:
    if told["state"] == "refused":
        queue.refuse(entry, told["reason"])
    else:
        entry.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
