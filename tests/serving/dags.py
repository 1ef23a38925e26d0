"""DAGs of every kind that the gateway serves, built block by block."""

import hashlib
from collections.abc import Mapping
from collections.abc import Sequence

import mmh3

from ledger.ipld import dagpb
from ledger.ipld import unixfs
from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.cid import DAG_PB
from ledger.ipld.cid import IDENTITY
from ledger.ipld.cid import RAW
from ledger.ipld.dagpb import PBLink
from ledger.ipld.dagpb import PBNode
from ledger.ipld.unixfs import Kind
from ledger.ipld.unixfs import UnixFS
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.store.blocks import Block


def identity(data: bytes, codec: int = RAW) -> CID:
    """The CID that holds a block itself."""
    return CID(1, codec, IDENTITY, data)


class Dags(dict[CID, bytes]):
    """Blocks by CID, in the order in which they were made: children first."""

    def raw(self, data: bytes) -> CID:
        return self._keep(data, RAW)

    def cbor(self, value: object) -> CID:
        """A block; links in the value are binary CIDs."""
        return self._keep(dagcbor.encode(value), DAG_CBOR)

    def node(
        self, links: Sequence[PBLink], message: UnixFS | None = None, data: bytes = b""
    ) -> CID:
        content = data or None if message is None else unixfs.encode(message)
        return self._keep(dagpb.encode(PBNode(tuple(links), content)), DAG_PB)

    def file(self, content: bytes, chunk: int, width: int = 174) -> CID:
        """A file of raw leaves under as few levels of nodes as hold them."""
        level = [
            (self.raw(content[start : start + chunk]), len(content[start : start + chunk]))
            for start in range(0, len(content), chunk)
        ]
        while len(level) > 1 or level[0][0].codec == RAW:
            level = [
                self._file_node(level[start : start + width])
                for start in range(0, len(level), width)
            ]
        return level[0][0]

    def directory(self, entries: Mapping[str, CID]) -> CID:
        links = [PBLink(entries[name], name, 1) for name in sorted(entries)]
        return self.node(links, UnixFS(Kind.DIRECTORY))

    def hamt(self, entries: Mapping[str, CID], fanout: int = 256, depth: int = 0) -> CID:
        bits = fanout.bit_length() - 1
        buckets: dict[int, list[str]] = {}
        for name in entries:
            hashed = mmh3.hash64(name.encode(), signed=False)[0]
            place = hashed >> (64 - bits * (depth + 1)) & (fanout - 1)
            buckets.setdefault(place, []).append(name)
        width = len(f"{fanout - 1:X}")
        links = []
        for place, names in sorted(buckets.items()):
            prefix = f"{place:0{width}X}"
            if len(names) == 1:
                links.append(PBLink(entries[names[0]], prefix + names[0], 1))
            else:
                below = {name: entries[name] for name in names}
                links.append(PBLink(self.hamt(below, fanout, depth + 1), prefix, 1))
        field = sum(1 << place for place in buckets)
        data = field.to_bytes((field.bit_length() + 7) // 8, "big")
        message = UnixFS(Kind.HAMT_SHARD, data, hash_type=unixfs.MURMUR3_X64_64, fanout=fanout)
        return self.node(links, message)

    def blocks(self) -> list[Block]:
        """What a store keeps."""
        return [(cid.sha256, data) for cid, data in self.items() if cid.sha256 is not None]

    def _file_node(self, children: Sequence[tuple[CID, int]]) -> tuple[CID, int]:
        sizes = tuple(size for _, size in children)
        links = [PBLink(cid, "", size) for cid, size in children]
        total = sum(sizes)
        return self.node(links, UnixFS(Kind.FILE, b"", total, sizes)), total

    def _keep(self, data: bytes, codec: int) -> CID:
        cid = CID.of(Digest(hashlib.sha256(data).digest()), codec)
        self[cid] = data
        return cid
