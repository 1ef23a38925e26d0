"""Uploads between their preview and the signature, in the node's home folder.

A file rather than the session: an upload is larger than a cookie, and a preview outlives a
restart. What nobody signs is dropped after a day.
"""

import json
import re
import secrets
import time
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from ledger.errors import NotFoundError
from ledger.store.files import write_durably

KEPT_SECONDS = 24 * 3600

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


class Staging:
    """Uploads by token."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"
        self._folder.mkdir(parents=True, exist_ok=True)

    def keep(self, upload: Upload) -> str:
        """Keep an upload; returns its token, which nobody can guess."""
        self._sweep()
        token = secrets.token_hex(16)
        described = {name: value for name, value in asdict(upload).items() if name != "content"}
        write_durably(self._content(token), upload.content, mode=0o600)
        write_durably(self._description(token), json.dumps(described).encode(), mode=0o600)
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
        """Held while an upload is signed, so that a second click finds it done."""
        self._require(token)
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

    def _sweep(self) -> None:
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _require(self, token: str) -> None:
        if not _TOKEN.fullmatch(token):
            raise _gone()

    def _content(self, token: str) -> Path:
        return self._folder / f"{token}.data"

    def _description(self, token: str) -> Path:
        return self._folder / f"{token}.json"

    def _outcome(self, token: str) -> Path:
        return self._folder / f"{token}.done"


def _gone() -> NotFoundError:
    return NotFoundError(
        "this upload is not here any more", hint="Uploads are kept for a day. Upload it again."
    )
