"""What was recorded and not taken yet: a folder of files beside the ledger's home.

Each file is one run, whole from the moment at which it has its name, so that any number of threads
and processes can write at once, and a program that is killed leaves nothing half. It is not flushed
to the disk: the job would wait for that, and only a machine that loses its power can lose what the
kernel holds.
"""

import json
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ledger.recording.own_folder import OwnFolder

ENDING = ".json"
REFUSED = "refused"

FOR_GROUP = "for_group"
"""The key beside a record's own under which an entry names its group. The program that has it taken
may be another, in which no group is set."""

MOST_WAITING = 100_000
"""Runs in a queue that nobody takes from; about 400 MB of a disk. More are not recorded."""

_COUNTED_EVERY = 1_000


class FullQueueError(Exception):
    """Nobody has taken from the queue for long: it grows no further."""


class Queue:
    """The queue of a home folder, which may not be there yet."""

    def __init__(self, home: Path) -> None:
        self.folder = home.with_name(f"{home.name}-queue")
        self.own = OwnFolder(self.folder)
        self._until_counted = 0

    def put(self, draft: dict[str, Any], group: str | None = None) -> Path:
        """Keep what was measured; nobody but this user can read it.

        Args:
            draft: what was measured.
            group: whose members alone may read it; None: as whoever takes it has set.

        Raises:
            FullQueueError: there is too much in it.
            StrangeQueueError: it is not this user's alone.
            OSError: it cannot be written.
        """
        self._require_room()
        name = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}{ENDING}"
        arriving = f".{name}"
        entry = {**draft, FOR_GROUP: group} if group else draft
        content = json.dumps(entry, ensure_ascii=False, allow_nan=False).encode()
        with self.own.opened() as folder:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            file = os.open(arriving, flags, 0o600, dir_fd=folder)
            try:
                with os.fdopen(file, "wb") as stream:
                    stream.write(content)
                os.rename(arriving, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(arriving, dir_fd=folder)
                raise
        return self.folder / name

    def waiting(self) -> list[Path]:
        """What is in it, oldest first."""
        return sorted(path for path in self.folder.glob(f"*{ENDING}") if path.name[0] != ".")

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return any(path.name[0] != "." for path in self.folder.glob(f"*{ENDING}"))

    def refuse(self, entry: Path, reason: str) -> None:
        """Put aside what is no record, with the reason; it is not tried again."""
        aside = self.folder / REFUSED
        aside.mkdir(mode=0o700, exist_ok=True)
        (aside / f"{entry.stem}.reason").write_text(f"{reason}\n", encoding="utf-8")
        entry.replace(aside / entry.name)

    def _require_room(self) -> None:
        if self._until_counted == 0:
            if len(self.waiting()) >= MOST_WAITING:
                raise FullQueueError(f"{MOST_WAITING:,} runs wait in {self.folder}")
            self._until_counted = _COUNTED_EVERY
        self._until_counted -= 1
