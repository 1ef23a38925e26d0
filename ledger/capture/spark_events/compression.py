"""What a log is compressed with, found out by its first bytes, and its content as a stream."""

import gzip
import io
import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO
from typing import cast

from ledger.capture.spark_events.errors import LogUnavailableError
from ledger.capture.spark_events.errors import UnreadableLogError
from ledger.capture.spark_events.framed import LZ4_MAGIC
from ledger.capture.spark_events.framed import SNAPPY_MAGIC
from ledger.capture.spark_events.framed import CutError
from ledger.capture.spark_events.framed import lz4_blocks
from ledger.capture.spark_events.framed import snappy_blocks

LEAST_CHECKED_BYTES = 256 << 20
MOST_RATIO = 300
"""Event logs shrink to a thirtieth, rarely to a hundredth; a bomb to a thousandth and less."""

_LZ4_FRAME = b"\x04\x22\x4d\x18"
_LZF = (b"ZV\x00", b"ZV\x01")
_PIECE = 8192
"""Little at a time: what is read together with the end of a cut stream is lost with it."""


class UnreadCodecError(UnreadableLogError):
    """Bytes are compressed in a way that is not read here."""


class Codec(StrEnum):
    """How bytes are compressed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    LZ4 = "lz4"
    SNAPPY = "snappy"


_MAGIC = {
    b"\x1f\x8b": Codec.GZIP,
    b"\x28\xb5\x2f\xfd": Codec.ZSTD,
    LZ4_MAGIC: Codec.LZ4,
    SNAPPY_MAGIC: Codec.SNAPPY,
}
MAGIC_BYTES = max(map(len, _MAGIC))


def codec_of(start: bytes) -> Codec:
    """The codec of what begins like this.

    Raises:
        UnreadCodecError: it is one that is not read.
    """
    if start.startswith(_LZF):
        raise UnreadCodecError(
            "the log is compressed with LZF, which is not read",
            hint="Set spark.eventLog.compression.codec to zstd, lz4 or snappy for new "
            "applications; the History Server gives old ones for download as they are.",
        )
    if start.startswith(_LZ4_FRAME):
        raise UnreadCodecError(
            "the log is an LZ4 frame, which Spark does not write",
            hint="Unpack it with `lz4 -d`, or compress it with gzip or zstd.",
        )
    return next((codec for magic, codec in _MAGIC.items() if start.startswith(magic)), Codec.NONE)


class Uncompressed(io.RawIOBase):
    """What a stream holds, uncompressed, as a raw stream.

    Attributes:
        cut: whether it ended within a block, as it does where its writer was killed.

    Raises:
        UnreadableLogError: damaged, or far more than such a log can hold.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self.cut = False
        self._raw = raw
        self._given = 0
        self._left = memoryview(b"")
        start = raw.read(MAGIC_BYTES)
        self._codec = codec_of(start)
        self._source = cast("BinaryIO", io.BufferedReader(_Again(start, raw), 1 << 16))
        self._pieces = self._read()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer as far as one piece goes; 0 at the end."""
        if not self._left:
            self._left = memoryview(self._next())
        room = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        count = min(len(room), len(self._left))
        room[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _next(self) -> bytes:
        try:
            piece = next(self._pieces, b"")
        except (CutError, EOFError):
            self.cut = True
            return b""
        except (ValueError, zlib.error, OSError) as error:
            if "runcated" in str(error):  # so says Arrow of a frame that does not end
                self.cut = True
                return b""
            raise UnreadableLogError(
                f"the {self._codec} data is damaged: {error}", hint="Copy the log again."
            ) from error
        self._given += len(piece)
        if self._given > max(LEAST_CHECKED_BYTES, MOST_RATIO * self._raw.tell()):
            raise UnreadableLogError(
                f"the data grows to more than {MOST_RATIO} times its size when it is unpacked",
                hint="No event log does; this one is not read.",
            )
        return piece

    def _read(self) -> Iterator[bytes]:
        if self._codec is Codec.LZ4:
            return lz4_blocks(self._source)
        if self._codec is Codec.SNAPPY:
            return snappy_blocks(self._source)
        stream = self._source
        if self._codec is Codec.GZIP:
            stream = cast("BinaryIO", gzip.GzipFile(fileobj=self._source))
        elif self._codec is Codec.ZSTD:
            from pyarrow import CompressedInputStream
            from pyarrow import PythonFile

            stream = CompressedInputStream(PythonFile(self._source, mode="r"), "zstd")
        size = _PIECE if self._codec is not Codec.NONE else 1 << 16
        return iter(lambda: stream.read(size), b"")


class _Again(io.RawIOBase):
    """A stream whose first bytes have been read already: not every stream can go back."""

    def __init__(self, start: bytes, raw: BinaryIO) -> None:
        self._start = start
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        room = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._start[: len(room)] or self._more(len(room))
        self._start = self._start[len(room) :]
        room[: len(data)] = data
        return len(data)

    def _more(self, size: int) -> bytes:
        """What comes next; a disk or a network that fails must not look like damage."""
        try:
            return self._raw.read(size)
        except OSError as error:
            raise LogUnavailableError(
                f"the log cannot be read now: {error}", hint="Try it again."
            ) from error
