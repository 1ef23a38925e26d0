"""A file or an upload as bounded lines of text."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from typing import NamedTuple
from typing import cast

from ledger.capture.rows import TableError
from ledger.errors import NotFoundError

MAX_LINE_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_ENDINGS = (".gz", ".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json")

Progress = Callable[[int], None]


class Line(NamedTuple):
    """A line, or why it cannot be read.

    Attributes:
        number: counted from 1.
        text: without its line feed.
        fault: why there is no text.
    """

    number: int
    text: str
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that can be read from the beginning more than once.

    Attributes:
        open: a new stream at the first byte.
        name: file name without folders, "" for pasted text.
        sha256: of all bytes as they are stored (compressed, if they are), in hexadecimal.
    """

    open: Callable[[], BinaryIO]
    name: str
    sha256: str

    @property
    def stem(self) -> str:
        """The name without the endings that tell its format: ``sort`` of ``sort.tsv.gz``."""
        stem = self.name
        while (path := Path(stem)).suffix.lower() in _ENDINGS and path.stem:
            stem = path.stem
        return stem

    def begin_as_stored(self, size: int) -> bytes:
        """The first bytes, compressed if they are."""
        with self.open() as raw:
            return raw.read(size)

    def begin(self, size: int) -> bytes:
        """The first bytes, uncompressed."""
        try:
            with self.open() as raw, uncompressed(raw) as stream:
                return stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise TableError(f"{self.name} is not readable gzip: {error}") from error


def content_of_file(path: Path) -> Content:
    """The content of a file, hashed now and read later.

    Raises:
        NotFoundError: there is no such file.
        TableError: not a regular file, or not readable.
    """
    with _readable(path) as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return replace(content_at(path), sha256=sha256)


def content_at(path: Path) -> Content:
    """The content of a file, not hashed: to find out what it is.

    Raises:
        NotFoundError: there is no such file.
        TableError: not a regular file, or not readable.
    """
    _readable(path).close()
    return Content(lambda: path.open("rb"), path.name, "")


def _readable(path: Path) -> io.BufferedReader:
    if path.exists() and not path.is_file():
        raise TableError(f"{str(path)!r} is not a file", hint="Name the files themselves.")
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {str(path)!r}", hint="Check the path.") from error
    except OSError as error:
        raise TableError(f"{str(path)!r} cannot be read: {error.strerror}") from error


def content_of_bytes(value: str | bytes, name: str = "") -> Content:
    """The content of an upload or of pasted text."""
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return Content(lambda: io.BytesIO(data), name, hashlib.sha256(data).hexdigest())


def lines_of(
    content: Content, *, encoding: str = "utf-8", progress: Progress | None = None
) -> Iterator[Line]:
    """The lines of a content; one that is too long or wrongly encoded does not end the others.

    Args:
        content: what to read; gzip is recognised by its first bytes.
        encoding: an encoding in which a line feed is the byte 0x0A.
        progress: called now and then, and at the end, with the number of bytes consumed as stored.
    """
    with content.open() as raw, uncompressed(raw) as stream:
        number = 0
        try:
            while data := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                yield _line(number, data, stream, encoding)
                if progress is not None and number % 256 == 0:
                    progress(raw.tell())
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield Line(number + 1, "", f"the compressed data ends or is damaged here: {error}")
        if progress is not None:
            progress(raw.tell())


def _line(number: int, data: bytes, stream: BinaryIO, encoding: str) -> Line:
    if len(data) > MAX_LINE_BYTES:
        beginning = data
        while not data.endswith(b"\n") and (data := stream.readline(MAX_LINE_BYTES)):
            pass
        data = beginning
    return line_of(number, data, encoding)


def line_of(number: int, data: bytes, encoding: str = "utf-8") -> Line:
    """The line that some bytes are; one that is longer than a line may be need not be whole."""
    if len(data) > MAX_LINE_BYTES:
        return Line(number, "", f"longer than {MAX_LINE_BYTES:,} bytes")
    if number == 1:
        data = data.removeprefix(_BOM)
    try:
        return Line(number, data.decode(encoding).rstrip("\r\n"))
    except UnicodeDecodeError as error:
        found = data[error.start : error.start + 1].hex()
        return Line(
            number, "", f"byte {error.start + 1} of the line (0x{found}) is not valid {encoding}"
        )


def uncompressed(raw: BinaryIO) -> BinaryIO:
    """A stream at its first byte as it is, or what its gzip holds."""
    start = raw.read(len(_GZIP))
    raw.seek(0)
    if start != _GZIP:
        return raw
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
