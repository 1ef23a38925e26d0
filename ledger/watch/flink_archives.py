"""The folder in which Flink archives jobs (``jobmanager.archive.fs.dir``)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ledger.capture.answers import Answers
from ledger.capture.entries import Entry
from ledger.capture.flink_jobs.archive import archive_in
from ledger.watch.files import Files
from ledger.watch.files import changed_at
from ledger.watch.files import name_of
from ledger.watch.source import Candidate

DEPTH = 6
"""Flink 1 puts all archives into one folder; Flink 2.3 into some of clusters and applications."""

_JOB = re.compile(r"[0-9a-f]{32}")


class FlinkArchives:
    """The archives in a folder, and in folders in it.

    Args:
        url: a path, or a URL as fsspec takes it.

    Raises:
        FolderURLError: nothing here reads such URLs.
    """

    def __init__(self, url: str) -> None:
        self._files = Files(url)
        self.url = self._files.url

    def candidates(self) -> Iterator[Candidate[Answers]]:
        """Every archive; Flink names each as its job.

        Raises:
            SourceUnavailableError: the folder cannot be listed.
        """
        for file in self._files.below(DEPTH):
            if _JOB.fullmatch(name_of(file)):
                entry = self._files.entry("", file)
                yield Candidate(
                    entry.name,
                    f"{entry.size}:{entry.changed}",
                    changed_at(entry) or None,
                    False,
                    entry.size,
                    partial(_answers, entry),
                )


@contextmanager
def _answers(entry: Entry) -> Iterator[Answers]:
    yield archive_in(entry)
