"""Uploads between their preview and the signature, in the node's home folder.

A file rather than the session: an upload is larger than a cookie, and a preview outlives a
restart. What nobody signs is dropped after a day, or earlier where newer uploads need the room: the
oldest go first, so that nobody can keep others out by uploading without end.
"""

import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from ledger.errors import NotFoundError
from ledger.store.files import write_durably
from webapp.format import size
from webapp.problems import TooLargeError

KEPT_SECONDS = 24 * 3600

BLOCK_BYTES = 4096
"""What the smallest file takes on most disks; a million empty files are not nothing."""

_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """What was pasted or uploaded.

    Attributes:
        content: its bytes.
        name: the file's name, "" for pasted text.
        kind: how it is written; None: to be found out.
        mapping: the map as TOML; None: none was given.
    """

    content: bytes
    name: str = ""
    kind: str | None = None
    mapping: str | None = None


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    bytes: int
    changed_at: float


class Staging:
    """Uploads by token, `most_bytes` of them at most."""

    def __init__(self, home: Path, *, most_bytes: int) -> None:
        self._folder = home / "uploads"
        self._most_bytes = most_bytes
        self._folder.mkdir(parents=True, exist_ok=True)

    def keep(self, upload: Upload) -> str:
        """Keep an upload; returns its token, which nobody can guess.

        Raises:
            TooLargeError: there is no room for it, not even alone.
        """
        token = secrets.token_hex(16)
        described = {name: value for name, value in asdict(upload).items() if name != "content"}
        description = json.dumps(described).encode()
        needed = _on_disk(len(upload.content)) + _on_disk(len(description))
        if needed > self._most_bytes:
            raise TooLargeError(
                f"previews of uploads have {size(self._most_bytes)} here, and this takes "
                f"{size(needed)}",
                hint="Split the file, or use `perfledger import FILE`, which reads files of any "
                "size. PERFLEDGER_STAGED_BYTES sets the limit.",
            )
        with FileLock(self._folder.with_name("uploads.lock")):
            self._make_room(needed)
            write_durably(self._content(token), upload.content, mode=0o600)
            write_durably(self._description(token), description, mode=0o600)
        return token

    def get(self, token: str) -> Upload:
        """The upload of a token.

        Raises:
            NotFoundError: there is none, or it was dropped.
        """
        self._require(token)
        try:
            content = self._content(token).read_bytes()
            return Upload(content, **json.loads(self._description(token).read_bytes()))
        except FileNotFoundError as error:
            raise _gone() from error

    def lock(self, token: str) -> FileLock:
        """Held while an upload is signed, so that a second click finds it done.

        Raises:
            NotFoundError: there is no such upload.
        """
        if self.outcome(token) is None and not self._content(token).exists():
            raise _gone()
        return FileLock(self._folder / f"{token}.lock", timeout=60)

    def finish(self, token: str, contribution: str) -> None:
        """Note what became of an upload, and drop its content."""
        write_durably(self._outcome(token), contribution.encode(), mode=0o600)
        self._content(token).unlink(missing_ok=True)
        self._description(token).unlink(missing_ok=True)

    def outcome(self, token: str) -> str | None:
        """The contribution an upload became."""
        self._require(token)
        path = self._outcome(token)
        return path.read_text() if path.exists() else None

    def _make_room(self, needed: int) -> None:
        """Drop what is too old, then the oldest until the rest and what comes fit together."""
        oldest_kept = time.time() - KEPT_SECONDS
        files = sorted(self._files(), key=lambda file: file.changed_at)
        room = self._most_bytes - needed - sum(file.bytes for file in files)
        for file in files:
            if room >= 0 and file.changed_at >= oldest_kept:
                return
            file.path.unlink(missing_ok=True)
            room += file.bytes

    def _files(self) -> Iterator["_File"]:
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # it was signed meanwhile
                found = path.stat()
                yield _File(path, _on_disk(found.st_size), found.st_mtime)

    def _require(self, token: str) -> None:
        if not _TOKEN.fullmatch(token):
            raise _gone()

    def _content(self, token: str) -> Path:
        return self._folder / f"{token}.data"

    def _description(self, token: str) -> Path:
        return self._folder / f"{token}.json"

    def _outcome(self, token: str) -> Path:
        return self._folder / f"{token}.done"


def _on_disk(count: int) -> int:
    return -(-count // BLOCK_BYTES) * BLOCK_BYTES or BLOCK_BYTES


def _gone() -> NotFoundError:
    return NotFoundError(
        "this upload is not here any more",
        hint="Uploads are kept for a day, or until newer ones need their room. Upload it again.",
    )
