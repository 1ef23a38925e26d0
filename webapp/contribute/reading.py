"""Reading an upload: its records, and what is known of them already."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from itertools import islice

from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.groups.contributing import sealable
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from webapp.contribute.upload import Upload

GOOD_SHOWN = 20
BAD_SHOWN = 100
KNOWN_SHOWN = 50

_CHUNK = 250
"""Rows whose records are looked up at once: few, as one may have a quarter of a megabyte."""

TWICE = "twice in this upload"

ENCRYPTED = "encrypted for the group already"


@dataclass(frozen=True, slots=True)
class Read:
    """A row that was read.

    Attributes:
        file: the place of its file in the upload.
        row: what it is.
        digest: of its record; None: it is none.
        known: why it need not be signed; "": it is new.
    """

    file: int
    row: Row
    digest: Digest | None = None
    known: str = ""

    @property
    def cid(self) -> str | None:
        """Of its record; None: it is none."""
        return None if self.digest is None else to_text(self.digest)


@dataclass(slots=True)
class Preview:
    """What reading an upload yields, cut to what a page holds.

    Attributes:
        good: how many rows are records.
        bad: how many are not.
        known: how many records need no signature: they have one, or stand twice in the upload.
        records: the first records that are new.
        faults: the first bad rows.
        duplicates: the first known ones.
    """

    good: int = 0
    bad: int = 0
    known: int = 0
    records: list[Read] = field(default_factory=list)
    faults: list[Read] = field(default_factory=list)
    duplicates: list[Read] = field(default_factory=list)

    @property
    def new(self) -> int:
        """Records that are to be signed."""
        return self.good - self.known

    def add(self, read: Read) -> None:
        """Count a row, and keep it if it is among the first of its kind."""
        if isinstance(read.row, Bad):
            self.bad += 1
            _keep(self.faults, read, BAD_SHOWN)
            return
        self.good += 1
        if read.known:
            self.known += 1
            _keep(self.duplicates, read, KNOWN_SHOWN)
        else:
            _keep(self.records, read, GOOD_SHOWN)


def reading(node: Node, upload: Upload) -> Iterator[Read]:
    """The rows of an upload, in order, each with what is known of it.

    Raises:
        TableError: a file cannot be read at all.
        MappingError: a map is wrong.
        NotFoundError: it is for a group that the node does not know any more.
    """
    seen: set[Digest] = set()
    rows = _rows(node, upload)
    while chunk := list(islice(rows, _CHUNK)):
        digests = [_digest(row) for _, row in chunk]
        known = _known(node, upload, [digest for digest in digests if digest is not None])
        for (file, row), digest in zip(chunk, digests, strict=True):
            if digest is None:
                yield Read(file, row)
                continue
            said = TWICE if digest in seen else str(known.get(digest, ""))
            seen.add(digest)
            yield Read(file, row, digest, said)


def preview(node: Node, upload: Upload) -> Preview:
    """Read an upload without keeping anything.

    Raises:
        TableError: a file cannot be read at all.
        MappingError: a map is wrong.
    """
    found = Preview()
    for read in reading(node, upload):
        found.add(read)
    return found


def require_readable(node: Node, upload: Upload) -> None:
    """Check that an upload can be read as a whole; single rows may be bad.

    Raises:
        UnmappedFileError: somebody has to say what a file's columns are.
        TableError: a file cannot be read at all.
        MappingError: a map is wrong.
    """
    next(upload.rows(node), None)  # what is wrong with a file is said before any of its rows


def new_ones(reads: Iterable[Read]) -> Iterator[tuple[Digest, Good]]:
    """The records that are to be signed."""
    for read in reads:
        if read.digest is not None and not read.known and isinstance(read.row, Good):
            yield read.digest, read.row


def _rows(node: Node, upload: Upload) -> Iterator[tuple[int, Row]]:
    """The rows; for a group, a record that fits into no envelope is a bad one."""
    for file, row in upload.rows(node):
        yield file, row if upload.group is None else sealable(row)


def _known(node: Node, upload: Upload, digests: Sequence[Digest]) -> Mapping[Digest, str]:
    """What is known already of some records, to those for whom the upload is."""
    if upload.group is None:
        return node.known(digests)
    return dict.fromkeys(node.sealed_among(upload.group, digests), ENCRYPTED)


def _digest(row: Row) -> Digest | None:
    return digest_of(codec.encode(row.record)) if isinstance(row, Good) else None


def _keep(kept: list[Read], read: Read, most: int) -> None:
    if len(kept) < most:
        kept.append(read)
