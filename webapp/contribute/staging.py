"""Uploads between their arrival and the signature, in the node's home folder.

A folder each rather than the session: an upload is larger than a cookie, and a preview outlives a
restart. What nobody signs is dropped after a day, or earlier where newer uploads need the room: the
oldest go first, so that nobody can keep others out by uploading without end.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from ledger.errors import NotFoundError
from ledger.store.files import write_durably
from ledger.store.files import writing_durably
from webapp.contribute.upload import Incoming
from webapp.contribute.upload import NothingToReadError
from webapp.contribute.upload import Upload
from webapp.contribute.upload import UploadedFile
from webapp.format import size
from webapp.problems import TooLargeError

KEPT_SECONDS = 24 * 3600

BLOCK_BYTES = 4096
"""What the smallest file takes on most disks; a million empty files are not nothing."""

MOST_FILES = 50
"""Files in one upload."""

_PIECE_BYTES = 1 << 20
_DESCRIPTION = "upload.json"
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    bytes: int
    changed_at: float


class Staging:
    """Uploads by token, `most_bytes` of them at most."""

    def __init__(self, home: Path, *, most_bytes: int) -> None:
        self._folder = home / "uploads"
        self._most_bytes = most_bytes
        self._folder.mkdir(parents=True, exist_ok=True)

    def keep(
        self,
        files: Iterable[Incoming],
        *,
        mapping: str | None = None,
        owner: str | None = None,
        group: str | None = None,
    ) -> str:
        """Keep an upload, read a piece at a time; returns its token, which nobody can guess.

        Args:
            files: what arrives.
            mapping: the map of all of them as TOML; None: columns are guessed.
            owner: EIP-55 address of who is signed in.
            group: for whose members its records are; None: for everybody.

        Raises:
            NothingToReadError: it is empty.
            TooLargeError: there is no room for it, not even alone.
        """
        token = secrets.token_hex(16)
        arriving = self._folder / f".{token}"
        arriving.mkdir(mode=0o700)
        try:
            described = [
                {"name": file.name, "kind": file.kind, "mapping": mapping}
                for file in self._write(arriving, files)
            ]
            self._describe(arriving, described, owner, group)
            needed = _taken(arriving)
            self._require_room(needed)
            with FileLock(self._folder.with_name("uploads.lock")):
                self._make_room(needed)
                arriving.replace(self._folder / token)
        except BaseException:
            shutil.rmtree(arriving, ignore_errors=True)
            raise
        return token

    def get(self, token: str) -> Upload:
        """The upload of a token.

        Raises:
            NotFoundError: there is none, or it was dropped.
        """
        folder = self.folder(token)
        try:
            described = json.loads((folder / _DESCRIPTION).read_bytes())
        except FileNotFoundError as error:
            raise gone() from error
        files = (
            UploadedFile(folder / str(place), **each)
            for place, each in enumerate(described["files"])
        )
        return Upload(tuple(files), described["owner"], described.get("group"))

    def remap(self, token: str, place: int, mapping: str | None) -> None:
        """Have the columns of a file read by another map.

        Raises:
            NotFoundError: there is no such upload.
        """
        upload = self.get(token)
        files = list(upload.files)
        files[place] = replace(files[place], mapping=mapping)
        described = [dict(file.described()) for file in files]
        self._describe(self.folder(token), described, upload.owner, upload.group)

    def owned_by(self, owner: str) -> list[tuple[str, Upload, float]]:
        """The uploads of an account that wait for a signature: token, upload, when; newest first.

        ``when`` is seconds since 1970.
        """
        found = []
        for kept in self._all():
            with suppress(NotFoundError):
                if not kept.path.suffix and (upload := self.get(kept.path.name)).owner == owner:
                    found.append((kept.path.name, upload, kept.changed_at))
        return sorted(found, key=lambda each: -each[2])

    def folder(self, token: str) -> Path:
        """Where an upload is kept, and what belongs to it.

        Raises:
            NotFoundError: there is no such upload.
        """
        self._require(token)
        folder = self._folder / token
        if not folder.is_dir() or folder.stat().st_mtime < time.time() - KEPT_SECONDS:
            raise gone()
        return folder

    def drop_old(self) -> None:
        """Drop what nobody may see any more: a quiet node takes in nothing that would do so."""
        with FileLock(self._folder.with_name("uploads.lock")):
            self._make_room(0)

    def holds(self, token: str) -> bool:
        """Whether an upload of this token is here, or what became of it."""
        here = _TOKEN.fullmatch(token) is not None
        return here and ((self._folder / token).is_dir() or self._outcome(token).exists())

    def lock(self, token: str) -> FileLock:
        """Held while an upload is changed or signed, so that a second click finds it done.

        Raises:
            NotFoundError: there is no such upload.
        """
        if self.outcome(token) is None:
            self.folder(token)
        return FileLock(self._folder / f"{token}.lock", timeout=60)

    def finish(self, token: str, outcome: str) -> None:
        """Note what became of an upload, and drop its content."""
        write_durably(self._outcome(token), outcome.encode(), mode=0o600)
        self.drop(token)

    def drop(self, token: str) -> None:
        """Forget an upload's content."""
        self._require(token)
        shutil.rmtree(self._folder / token, ignore_errors=True)

    def outcome(self, token: str) -> str | None:
        """What was noted when an upload was finished; None: it is not."""
        self._require(token)
        path = self._outcome(token)
        return path.read_text() if path.exists() else None

    def _write(self, folder: Path, files: Iterable[Incoming]) -> Iterator[Incoming]:
        written = 0
        for place, file in enumerate(files):
            if place == MOST_FILES:
                raise TooLargeError(
                    f"more than {MOST_FILES} files at once", hint="Upload them in several parts."
                )
            with writing_durably(folder / str(place), mode=0o600) as kept:
                while piece := file.stream.read(_PIECE_BYTES):
                    written += len(piece)
                    self._require_room(written)
                    kept.write(piece)
            yield file
        if not written:
            raise NothingToReadError

    def _describe(
        self,
        folder: Path,
        files: Sequence[dict[str, Any]],
        owner: str | None,
        group: str | None,
    ) -> None:
        description = {"files": files, "owner": owner, "group": group}
        write_durably(folder / _DESCRIPTION, json.dumps(description).encode(), mode=0o600)

    def _require_room(self, needed: int) -> None:
        if needed > self._most_bytes:
            raise TooLargeError(
                f"previews of uploads have {size(self._most_bytes)} here, and this takes "
                f"{size(needed)}",
                hint="Split the file, or use `perfledger import FILE`, which reads files of any "
                "size. PERFLEDGER_STAGED_BYTES sets the limit.",
            )

    def _make_room(self, needed: int) -> None:
        """Drop what is too old, then the oldest until the rest and what comes fit together."""
        oldest_kept = time.time() - KEPT_SECONDS
        everything = sorted(self._all(), key=lambda kept: kept.changed_at)
        room = self._most_bytes - needed - sum(kept.bytes for kept in everything)
        for kept in everything:
            if room >= 0 and kept.changed_at >= oldest_kept:
                return
            if kept.path.is_dir():
                shutil.rmtree(kept.path, ignore_errors=True)
            else:
                kept.path.unlink(missing_ok=True)
            room += kept.bytes

    def _all(self) -> Iterator[_Kept]:
        """Uploads and outcomes; one that is arriving counts once it is there, or has been left."""
        abandoned = time.time() - KEPT_SECONDS
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # it was signed meanwhile
                changed_at = path.stat().st_mtime
                if not path.name.startswith(".") or changed_at < abandoned:
                    yield _Kept(path, _taken(path), changed_at)

    def _require(self, token: str) -> None:
        if not _TOKEN.fullmatch(token):
            raise gone()

    def _outcome(self, token: str) -> Path:
        return self._folder / f"{token}.done"


def _taken(path: Path) -> int:
    """What a file, or a folder with its files, takes on disk, in bytes."""
    files = [path, *path.iterdir()] if path.is_dir() else [path]
    return sum(_on_disk(file.stat().st_size if file.is_file() else 0) for file in files)


def _on_disk(count: int) -> int:
    return -(-count // BLOCK_BYTES) * BLOCK_BYTES or BLOCK_BYTES


def gone() -> NotFoundError:
    """That there is no such upload, or none that whoever asks may see."""
    return NotFoundError(
        "this upload is not here any more",
        hint="Uploads are kept for a day, or until newer ones need their room. Upload it again.",
    )
