"""Archives of jobs: one JSON file each, with every answer that the History Server gives of it.

Flink writes them to ``jobmanager.archive.fs.dir`` when a job ends. Source: FsJsonArchivist.java of
Apache Flink.
"""

import hashlib
import re
from contextlib import closing
from typing import Any

from ledger.capture.answers import objects_in
from ledger.capture.entries import Entry
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.flink_jobs.errors import FlinkJobError
from ledger.capture.flink_jobs.errors import MalformedAnswerError
from ledger.capture.jsonlines import parse

MAX_ARCHIVE_BYTES = 256 << 20
"""The archive of a job with thousands of subtasks has some tens of megabytes."""

MOST_ANSWERS = 1_000_000
_MOST_PATH = 1024
_LOOKED_AT = 64
_BEGINNING = re.compile(rb'\s*\{\s*"archive"\s*:\s*\[')
_JOB = re.compile(r"/jobs/([0-9a-f]{32})")


class Archive:
    """The answers in an archive.

    Args:
        data: of its file.
        name: of its file.

    Attributes:
        identifier: of the job.
        sha256: of the file, in hexadecimal.

    Raises:
        FlinkJobError: it is no archive of a job, or one that is cut short.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.sha256: str | None = hashlib.sha256(data).hexdigest()
        self._texts: dict[str, str] = {}
        value = _parsed(data.decode("utf-8", "replace"), name or "the archive")
        try:
            for each in objects_in(part_of(value, "archive"))[:MOST_ANSWERS]:
                path = text_of(each, "path", most=_MOST_PATH)
                self._texts[path] = text_of(each, "json", most=MAX_ARCHIVE_BYTES)
        except ValueError as error:
            raise MalformedAnswerError(name or "the archive", str(error)) from error
        found = {match[1] for path in self._texts if (match := _JOB.fullmatch(path))}
        if len(found) != 1:
            raise FlinkJobError(
                f"{name or 'the file'} is the archive of {len(found)} jobs, not of one",
                hint="Flink writes one file for each job (jobmanager.archive.fs.dir).",
            )
        (self.identifier,) = found

    def of(self, path: str) -> Any:
        """The answer of a path; None: the archive has none.

        Raises:
            MalformedAnswerError: it is no JSON.
        """
        text = self._texts.get(path)
        return None if text is None else _parsed(text, path)


def archive_in(entry: Entry) -> Archive:
    """The archive that a file is.

    Raises:
        FlinkJobError: it is none.
        LogUnavailableError: its bytes cannot be had now.
    """
    with closing(entry.open()) as stream:
        data = stream.read(MAX_ARCHIVE_BYTES + 1)
    if len(data) > MAX_ARCHIVE_BYTES:
        raise FlinkJobError(
            f"{entry.name} has more than {MAX_ARCHIVE_BYTES >> 20} MiB",
            hint="No archive of a job has so much.",
        )
    return Archive(data, entry.name)


def is_archive(entry: Entry) -> bool:
    """Whether a file begins as an archive does."""
    try:
        with closing(entry.open()) as stream:
            return bool(_BEGINNING.match(stream.read(_LOOKED_AT)))
    except OSError:
        return False


def _parsed(text: str, path: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise MalformedAnswerError(path, str(error)) from error
