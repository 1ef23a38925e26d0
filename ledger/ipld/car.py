"""CAR version 1: blocks one after another, under a header with the roots.

Reading and writing are streams: what is in memory is one block. A file from elsewhere is hostile:
every length is bounded before it is read, and every block is hashed before it is handed out.

Source: https://ipld.io/specs/transport/car/carv1/.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from typing import NamedTuple

from ledger.errors import InvalidInputError
from ledger.ipld import varint
from ledger.ipld.cid import CID
from ledger.ipld.cid import MAX_DIGEST_BYTES
from ledger.ipld.cid import UnsupportedHashError
from ledger.record import dagcbor

VERSION = 1

MAX_CID_BYTES = 4 * varint.MAX_BYTES + MAX_DIGEST_BYTES
"""Of a binary CID: version, codec, hash function and length, and the digest."""


class MalformedCARError(InvalidInputError):
    """Bytes are not a CAR file, it is cut off, or a block in it is not what its CID says."""


class TruncatedCARError(MalformedCARError):
    """A CAR file ends in the middle of something."""


class CARBlock(NamedTuple):
    """A block with its CID."""

    cid: CID
    data: bytes


@dataclass(frozen=True, slots=True)
class CARLimits:
    """What a CAR file from elsewhere may hold.

    Attributes:
        header_bytes: of the header.
        block_bytes: of one block; IPFS implementations exchange up to 2 MiB.
        blocks: number of blocks.
        total_bytes: of all blocks.
    """

    header_bytes: int = 1 << 20
    block_bytes: int = 2 << 20
    blocks: int = 1_100_000
    total_bytes: int = 8 << 30


class CARReader:
    """Reads a stream; iterate over it for its blocks, each hashed.

    Attributes:
        roots: as the header has them; nothing says that they are in the file.

    Raises:
        MalformedCARError: the header is malformed. Iterating raises it for what follows: cut off,
            beyond a limit, or a block that does not hash to its CID, which is named.
    """

    def __init__(self, stream: BinaryIO, limits: CARLimits = CARLimits()) -> None:
        self._stream = stream
        self._limits = limits
        self.roots = self._read_header()

    def __iter__(self) -> Iterator[CARBlock]:
        """The blocks, in the order of the file; not read twice."""
        blocks = total = 0
        most = self._limits.block_bytes + MAX_CID_BYTES
        while (section := self._section(most, f"block {blocks}")) is not None:
            block = self._block(section, blocks)
            blocks += 1
            total += len(block.data)
            if blocks > self._limits.blocks or total > self._limits.total_bytes:
                raise MalformedCARError(
                    f"at block {block.cid} the file exceeds {self._limits.blocks:,} blocks or "
                    f"{self._limits.total_bytes:,} bytes"
                )
            yield block

    def _read_header(self) -> tuple[CID, ...]:
        section = self._section(self._limits.header_bytes, "the header")
        if section is None:
            raise TruncatedCARError("not a CAR file: it is empty")
        try:
            header = dagcbor.decode(section, max_bytes=self._limits.header_bytes)
        except dagcbor.MalformedBlockError as error:
            raise MalformedCARError(f"not a CAR file: {error.message}") from error
        if not isinstance(header, dict) or header.get("version") != VERSION:
            raise MalformedCARError("not a CAR file of version 1")
        roots = header.get("roots")
        if not isinstance(roots, list) or not all(isinstance(root, bytes) for root in roots):
            raise MalformedCARError("the CAR file's header has no list of roots")
        return tuple(map(self._root, roots))

    def _root(self, root: bytes) -> CID:
        try:
            cid, end = CID.read(root)
        except InvalidInputError as error:
            raise MalformedCARError(f"a root of the CAR file is no CID: {error.message}") from error
        if end != len(root):
            raise MalformedCARError(f"bytes follow the root {cid} of the CAR file")
        return cid

    def _block(self, section: bytes, number: int) -> CARBlock:
        try:
            cid, start = CID.read(section)
        except InvalidInputError as error:
            raise MalformedCARError(f"block {number} has no CID: {error.message}") from error
        data = section[start:]
        if len(data) > self._limits.block_bytes:
            raise MalformedCARError(
                f"block {cid} has {len(data):,} bytes; at most {self._limits.block_bytes:,} "
                "are allowed"
            )
        try:
            named = cid.names(data)
        except UnsupportedHashError as error:
            raise MalformedCARError(f"block {error.message}, so it cannot be checked") from error
        if not named:
            raise MalformedCARError(f"block {cid} does not hash to its CID")
        return CARBlock(cid, data)

    def _section(self, most: int, what: str) -> bytes | None:
        """The next length-prefixed section; None at the end of the file."""
        prefix = bytearray()
        while not prefix or prefix[-1] >= varint.MORE:
            byte = self._stream.read(1)
            if not byte:
                if prefix:
                    raise TruncatedCARError(f"the file is cut off in {what}")
                return None
            prefix += byte
            if len(prefix) > varint.MAX_BYTES:
                raise MalformedCARError(f"{what} has a malformed length")
        try:
            length, _ = varint.decode(bytes(prefix))
        except varint.MalformedVarintError as error:
            raise MalformedCARError(f"{what} has a malformed length: {error.message}") from error
        if length > most:
            raise MalformedCARError(f"{what} has {length:,} bytes; at most {most:,} are allowed")
        section = bytearray()
        while len(section) < length:
            part = self._stream.read(length - len(section))
            if not part:
                raise TruncatedCARError(f"the file is cut off in {what}")
            section += part
        return bytes(section)


def write_car(roots: Iterable[CID], blocks: Iterable[CARBlock]) -> Iterator[bytes]:
    """The bytes of a CAR file, a piece at a time."""
    header = dagcbor.encode({"roots": [bytes(root) for root in roots], "version": VERSION})
    yield varint.encode(len(header)) + header
    for cid, data in blocks:
        name = bytes(cid)
        yield varint.encode(len(name) + len(data)) + name + data
