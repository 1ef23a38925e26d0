"""What was uploaded: files on disk, and how each is read."""

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import BinaryIO

from ledger.capture.guess import UnmappedError
from ledger.capture.rows import Row
from ledger.capture.rows import TableError
from ledger.capture.source import Content
from ledger.capture.tables import Kind
from ledger.capture.tables import kind_of_content
from ledger.errors import PerfledgerError
from ledger.node import Node
from webapp.problems import MissingFieldError


class NothingToReadError(MissingFieldError):
    """An upload without a single byte."""

    def __init__(self) -> None:
        super().__init__(
            "there is nothing to read",
            hint="Paste rows with their header, or choose a file that is not empty.",
        )


class NotForEverybodyError(PerfledgerError):
    """An upload for a group, where the records of uploads become public."""

    def __init__(self, group: str) -> None:
        super().__init__(
            f"this upload is for the group {group}, and not for everybody",
            hint="Nothing was kept. Contribute it on its own page, or upload it anew.",
        )


class UnmappedFileError(TableError):
    """Somebody has to say what a file's columns are.

    Attributes:
        place: of the file in its upload.
    """

    def __init__(self, place: int, error: UnmappedError) -> None:
        super().__init__(error.message, hint=error.hint)
        self.place = place


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way in.

    Attributes:
        stream: its bytes, read once and a piece at a time.
        name: the file's name, "" for pasted text.
        kind: how it is written; None: to be found out.
    """

    stream: BinaryIO
    name: str = ""
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file of an upload.

    Attributes:
        path: where it is kept.
        name: what it was called, "" for pasted text.
        kind: how it is written; None: to be found out.
        mapping: its map as TOML; None: columns are guessed.
    """

    path: Path
    name: str
    kind: str | None
    mapping: str | None

    @property
    def title(self) -> str:
        """What it is called on a page."""
        return self.name or "the pasted text"

    @property
    def has_columns(self) -> bool:
        """Whether it is a table; JSON is one where a map says so."""
        if self.is_event_log:
            return False
        return self.mapping is not None or self._kind in {Kind.CSV, Kind.TSV}

    @property
    def is_event_log(self) -> bool:
        """Whether it is an event log of Spark, or a ZIP of some."""
        return self._kind == Kind.SPARK

    @property
    def _kind(self) -> str:
        content = Content(lambda: self.path.open("rb"), self.name, "")
        return self.kind or kind_of_content(content)

    def rows(self, node: Node) -> Iterator[Row]:
        """Its rows, good and bad.

        Raises:
            TableError: it cannot be read at all.
            MappingError: its map is wrong.
        """
        return node.preview_file(
            self.path, name=self.name, kind=self.kind, mapping_toml=self.mapping
        )

    def described(self) -> Mapping[str, Any]:
        """What is kept of it beside its bytes."""
        return {"name": self.name, "kind": self.kind, "mapping": self.mapping}


@dataclass(frozen=True, slots=True)
class Upload:
    """The files that were uploaded together.

    Attributes:
        files: in the order they were chosen.
        owner: EIP-55 address of who signed in and uploaded it; None: nobody was signed in.
        group: for whose members its records are; None: for everybody.
    """

    files: tuple[UploadedFile, ...]
    owner: str | None = None
    group: str | None = None

    @property
    def title(self) -> str:
        """What it is called on a page."""
        if len(self.files) == 1:
            return self.files[0].title
        return f"{len(self.files)} files"

    def require_for_everybody(self) -> None:
        """Check that its records may become public.

        Raises:
            NotForEverybodyError: they are for a group.
        """
        if self.group is not None:
            raise NotForEverybodyError(self.group)

    def rows(self, node: Node) -> Iterator[tuple[int, Row]]:
        """The rows of all files, each with the place of its file.

        Raises:
            UnmappedFileError: somebody has to say what a file's columns are.
            TableError: a file cannot be read at all; the message names it.
            MappingError: a map is wrong.
        """
        opened = []
        for place, file in enumerate(self.files):
            try:
                opened.append((place, file.rows(node)))
            except UnmappedError as error:
                raise UnmappedFileError(place, error) from error
            except TableError as error:
                raise self._naming(file, error) from error
        for place, rows in opened:
            for row in rows:
                yield place, row

    def _naming(self, file: UploadedFile, error: TableError) -> TableError:
        if len(self.files) == 1:
            return error
        return TableError(f"{file.title}: {error.message}", hint=error.hint)
