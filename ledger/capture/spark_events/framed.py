"""Two frames that Java libraries put around raw blocks, and no other program knows.

``LZ4BlockOutputStream`` of lz4-java is what Spark means by its codec ``lz4``: blocks of a 21-byte
head (``LZ4Block``, method, sizes before and after, checksum) and data. ``SnappyOutputStream`` of
snappy-java is what it means by ``snappy``: a 16-byte head, then big-endian sizes and raw blocks.
Checksums are not compared: events are JSON, and their digest goes into the record.
"""

from collections.abc import Iterator
from typing import BinaryIO

LZ4_MAGIC = b"LZ4Block"
SNAPPY_MAGIC = b"\x82SNAPPY\x00"

MAX_BLOCK_BYTES = 64 << 20
"""lz4-java writes 32 MiB at most, Spark 32 KiB."""

_LZ4_HEAD = 21
_LZ4_STORED = 0x10
_LZ4_COMPRESSED = 0x20
_SNAPPY_HEAD = 16
_SIZE = 4
_SNAPPY_MAGIC_AS_SIZE = int.from_bytes(SNAPPY_MAGIC[:_SIZE], "big")


class DamagedError(ValueError):
    """A block is not what its head says."""


class CutError(EOFError):
    """The data ends within a block: whoever wrote it was stopped."""


def lz4_blocks(raw: BinaryIO) -> Iterator[bytes]:
    """The blocks of LZ4BlockOutputStream, also of several streams one after another.

    Raises:
        DamagedError: a block is none.
        CutError: the last one is not whole.
    """
    from pyarrow import decompress

    while head := raw.read(_LZ4_HEAD):
        if len(head) < _LZ4_HEAD:
            raise CutError
        if not head.startswith(LZ4_MAGIC):
            raise DamagedError("a block of LZ4 does not begin as one")
        method = head[8] & 0xF0
        stored = int.from_bytes(head[9:13], "little")
        original = int.from_bytes(head[13:17], "little")
        if stored > MAX_BLOCK_BYTES or original > MAX_BLOCK_BYTES:
            raise DamagedError(f"a block of more than {MAX_BLOCK_BYTES >> 20} MiB")
        data = _exactly(raw, stored)
        if not original:  # the end of one stream; another may follow
            continue
        if method == _LZ4_STORED:
            yield data
        elif method == _LZ4_COMPRESSED:
            yield _unpacked(decompress, data, original, "lz4_raw")
        else:
            raise DamagedError(f"a block of LZ4 by method {method:#x}")


def snappy_blocks(raw: BinaryIO) -> Iterator[bytes]:
    """The blocks of SnappyOutputStream, also of several streams one after another.

    Raises:
        DamagedError: a block is none.
        CutError: the last one is not whole.
    """
    from pyarrow import decompress

    while size_bytes := raw.read(_SIZE):
        if len(size_bytes) < _SIZE:
            raise CutError
        size = int.from_bytes(size_bytes, "big")
        if size == _SNAPPY_MAGIC_AS_SIZE:
            _exactly(raw, _SNAPPY_HEAD - _SIZE)
            continue
        if size > MAX_BLOCK_BYTES:
            raise DamagedError(f"a block of more than {MAX_BLOCK_BYTES >> 20} MiB")
        data = _exactly(raw, size)
        original = _varint(data)
        if original > MAX_BLOCK_BYTES:
            raise DamagedError(f"a block of more than {MAX_BLOCK_BYTES >> 20} MiB")
        yield _unpacked(decompress, data, original, "snappy")


def _unpacked(decompress: object, data: bytes, original: int, codec: str) -> bytes:
    assert callable(decompress)
    try:
        block: bytes = decompress(data, decompressed_size=original, codec=codec, asbytes=True)
    except (OSError, ValueError) as error:
        raise DamagedError(f"a block that is no {codec}: {error}") from error
    if len(block) != original:
        raise DamagedError("a block of another size than its head says")
    return block


def _exactly(raw: BinaryIO, size: int) -> bytes:
    data = raw.read(size)
    if len(data) < size:
        raise CutError
    return data


def _varint(data: bytes) -> int:
    """The size before compression, by which a raw Snappy block begins (its format description)."""
    value = 0
    for place, byte in enumerate(data[:5]):
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return value
    raise DamagedError("a block of Snappy without its size")
