"""Files on this machine, or wherever fsspec reaches (s3://, hdfs://, gs://)."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from typing import BinaryIO
from typing import cast
from urllib.parse import urlsplit

from ledger.capture.entries import Entry
from ledger.errors import InvalidInputError
from ledger.watch.source import SourceUnavailableError

_MOMENTS = ("mtime", "LastModified", "last_modified", "modified", "updated", "created")
"""What file systems call the time of the last change."""

_MARKS = ("ETag", "etag", "md5Hash", "ino")

Found = dict[str, Any]
"""A file or folder, as fsspec tells of it."""


class FolderURLError(InvalidInputError):
    """A URL names no folder that can be watched."""


class Files:
    """A folder and what is in it.

    Args:
        url: a path, or a URL as fsspec takes it.

    Attributes:
        url: of the folder, without credentials.
        path: the folder, as its file system calls it.

    Raises:
        FolderURLError: nothing here reads such URLs.
    """

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        try:
            self._files, self.path = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise FolderURLError(
                f"{_shown(url)!r} cannot be read: {error}",
                hint="Install what fsspec needs for it, e.g. `pip install s3fs` for s3://.",
            ) from error
        self.url = _shown(str(self._files.unstrip_protocol(self.path)))

    def listed(self, path: str) -> list[Found]:
        """What is in a folder, by name.

        Raises:
            SourceUnavailableError: it cannot be listed.
        """
        try:
            self._files.invalidate_cache(path)
            return sorted(self._files.ls(path, detail=True), key=name_of)
        except Exception as error:  # each file system has errors of its own
            raise SourceUnavailableError(
                f"{self.url} cannot be looked at: {error}",
                hint="Check the path, its permissions, and what gives access to it.",
            ) from error

    def below(self, depth: int) -> Iterator[Found]:
        """The files in the folder, and in folders in it, down to a depth; 1: of itself only.

        Raises:
            SourceUnavailableError: one cannot be listed.
        """
        folders = [self.path]
        for _ in range(depth):
            inner: list[str] = []
            for folder in folders:
                for each in self.listed(folder):
                    if each["type"] == "directory":
                        inner.append(each["name"])
                    else:
                        yield each
            folders = inner

    def entry(self, folder: str, file: Found) -> Entry:
        """A file, to be read; ``folder`` is the name of the one it is in."""
        marks = " ".join(str(file[each]) for each in _MARKS if each in file)
        changed = f"{_moment(file)} {marks}".rstrip()
        return Entry(
            folder,
            name_of(file),
            int(file["size"] or 0),
            partial(self._opened, file["name"]),
            changed,
        )

    def _opened(self, path: str) -> BinaryIO:
        try:
            return cast("BinaryIO", self._files.open(path, "rb"))
        except Exception as error:  # each file system has errors of its own
            raise SourceUnavailableError(
                f"{_shown(path)} cannot be read: {error}", hint="It is tried again."
            ) from error


def name_of(file: Found) -> str:
    """The name of a file or folder, without those it is in."""
    return str(file["name"]).rstrip("/").rpartition("/")[2]


def changed_at(entry: Entry) -> float:
    """When a file was changed, in seconds since 1970; 0: its file system does not say."""
    return float(entry.changed.partition(" ")[0] or 0)


def _moment(file: Found) -> float:
    found = next((file[each] for each in _MOMENTS if file.get(each)), 0.0)
    if isinstance(found, datetime):
        return found.timestamp()
    try:
        return float(found)
    except ValueError:
        return datetime.fromisoformat(str(found)).timestamp()


def _shown(url: str) -> str:
    """A URL without credentials."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()[:500]
