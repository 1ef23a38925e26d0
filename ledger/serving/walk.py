"""The blocks of a CAR stream, in depth-first order, within what a stranger may have.

`ledger.ipld.traversal` reads DAGs that come from elsewhere, each block once. What is served also
has blocks as often as they occur, parts of files, and reads ahead.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/#car-order-content-type-parameter.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from time import monotonic

from ledger.errors import PerfledgerError
from ledger.ipld.car import CARBlock
from ledger.ipld.cid import CID
from ledger.ipld.cid import IDENTITY
from ledger.ipld.entity import Part
from ledger.serving.held import HeldBlocks
from ledger.serving.limits import ServingLimits


class StreamLimitError(PerfledgerError):
    """A stream would exceed what one request may have."""


class Walk:
    """A walk; iterate over it once.

    Attributes:
        at: the block that came last.
    """

    def __init__(
        self, held: HeldBlocks, start: CID, limits: ServingLimits, *, duplicates: bool
    ) -> None:
        self.at = start
        self._held = held
        self._limits = limits
        self._duplicates = duplicates
        self._seen: set[CID] = set()
        self._bytes = 0
        self._end = monotonic() + limits.stream_seconds

    def blocks(self, parents: Iterable[CID], top: Part) -> Iterator[CARBlock]:
        """Blocks on the way, then those from the top down.

        A CID that holds its block itself is followed, and not given.

        Raises:
            NotHeldError: a block is not here.
            MalformedBlockError: a block is not of its codec.
            UnknownCodecError: where the links of a block are is not known.
            StreamLimitError: too deep, too large, or too slow.
        """
        for part, data in self._read([Part(cid) for cid in parents]):
            yield from self._given(part.cid, data)
        levels = [self._read([top])]
        while levels:
            found = next(levels[-1], None)
            if found is None:
                levels.pop()
                continue
            part, data = found
            yield from self._given(part.cid, data)
            further = part.follow(part.cid, data) if part.follow is not None else []
            if further:
                if len(levels) > self._limits.dag_depth:
                    raise StreamLimitError(f"the DAG is deeper than {self._limits.dag_depth} links")
                levels.append(self._read(further))

    def _read(self, parts: Iterable[Part]) -> Iterator[tuple[Part, bytes]]:
        """Those that are not seen; what is read ahead may have been seen by the time it comes."""
        for part, data in self._held.read(part for part in parts if self._is_new(part.cid)):
            if self._is_new(part.cid):
                self._seen.add(part.cid)
                yield part, data

    def _is_new(self, cid: CID) -> bool:
        return self._duplicates or cid not in self._seen

    def _given(self, cid: CID, data: bytes) -> Iterator[CARBlock]:
        self.at = cid
        self._bytes += len(data)
        if self._bytes > self._limits.stream_bytes:
            raise StreamLimitError(f"the stream exceeds {self._limits.stream_bytes:,} bytes")
        if monotonic() > self._end:
            raise StreamLimitError(f"the stream took {self._limits.stream_seconds:,.0f} seconds")
        if cid.hash_code != IDENTITY:
            yield CARBlock(cid, data)
