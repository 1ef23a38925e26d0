"""The block store of a Kubo daemon, over its RPC."""

from bisect import bisect_right
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import suppress
from re import compile as pattern

from pydantic import SecretStr

from ledger.errors import UnavailableError
from ledger.ipld.car import CARBlock
from ledger.ipld.car import CARReader
from ledger.ipld.car import MalformedCARError
from ledger.ipld.cid import CID
from ledger.ipld.cid import RAW
from ledger.ipld.links import links
from ledger.ipld.pieces import stream_of
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import CorruptBlockError
from ledger.store.kubo_holds import Pins
from ledger.store.kubo_holds import page_of
from ledger.store.kubo_rpc import KuboRefusedError
from ledger.store.kubo_rpc import KuboRPC

BATCH = "perfledger batch"
"""Name of the pins of manifests."""

WINDOW_BLOCKS = 16_384
WINDOW_BYTES = 64 << 20
"""Blocks in one import, and their size; bounds what is kept in memory, to be sent again."""

_FEW = 50
"""Up to here, one request for each block is quicker than one for all of them."""

_STAT_COST = 130
"""A request about one block takes as long as listing this many."""

_REMOVED_AT_ONCE = 100
"""Names in one request; they are in its URL."""

_REFERENCE = pattern(rb'"Ref":"([^"]+)"')


class KuboStore:
    """Blocks in a Kubo daemon, which is shared with whoever else uses it; a `PinningStore`.

    Nothing here asks the network but `fetch`. Kubo knows blocks by hash alone, whatever the codec:
    they are sent as raw, so that it need not decode them.

    Whether what was put survives a power cut depends on its configuration: `perfledger doctor`
    says so.

    Args:
        url: of the daemon's RPC, as in ``http://127.0.0.1:5001``.
        token: a bearer token, where the daemon wants one.

    Raises:
        SettingsError: the URL is none. Every method raises `UnavailableError` where the daemon
            does not answer, and `SettingsError` where it denies access.
    """

    def __init__(self, url: str, token: SecretStr | None = None) -> None:
        self.rpc = KuboRPC(url, token)
        self._pins = Pins(self.rpc)
        self._listed = 0

    def put_many(self, blocks: Iterable[Block]) -> int:
        """Keep blocks; returns how many were new. Kubo has all of them when it returns.

        Thousands of blocks are one import. It is sent again where the connection breaks; what was
        imported before that is harmless, and goes with the next garbage collection.
        """
        return sum(self._import(window) for window in _windows(blocks))

    def get(self, digest: Digest) -> bytes:
        """The bytes of a block, hashed before they are handed out."""
        return self._get(digest, offline=True)

    def fetch(self, digest: Digest, seconds: float) -> bytes:
        """The same of a block that another IPFS node may have; Kubo keeps it until it collects.

        Raises:
            BlockNotFoundError: nobody gave it in time.
            CorruptBlockError: the daemon gives other bytes.
        """
        return self._get(digest, timeout=f"{seconds}s")

    def get_many(self, digests: Sequence[Digest]) -> Iterator[bytes]:
        """The bytes of blocks, in the order asked for; many of them are one export."""
        for start in range(0, len(digests), WINDOW_BLOCKS):
            wanted = digests[start : start + WINDOW_BLOCKS]
            exported = self._export(wanted) if len(wanted) > _FEW else iter(())
            upcoming = next(exported, None)
            for digest in wanted:
                if upcoming is not None and upcoming.cid.digest == digest:
                    yield upcoming.data
                    upcoming = next(exported, None)
                else:  # asked for twice, or the export has ended early: this says why
                    yield self.get(digest)

    def missing(self, digests: Sequence[Digest]) -> list[Digest]:
        """Those of the digests that are not here, in their order."""
        if len(digests) <= max(_FEW, self._listed // _STAT_COST):
            return [digest for digest in digests if not self._has(digest)]
        here = self._listing()
        return [each for each in digests if str(CID.of(each, RAW)).encode() not in here]

    def count(self) -> int:
        """How many blocks the daemon has, whoever put them."""
        return int(self.rpc.ask("repo/stat")[0]["NumObjects"])

    def digests(self, after: Digest, limit: int) -> list[Digest]:
        """Digests of the daemon's blocks, above one, in their order, whoever put them."""
        named = (CID.parse(text.decode()) for text in self._listing())
        found = sorted(each.sha256 for each in named if each.sha256 is not None)
        start = bisect_right(found, after)
        return found[start : start + limit]

    def discard(self, digests: Sequence[Digest]) -> int:
        """Remove blocks, but for those that a pin holds; returns how many were removed."""
        self.release(digests)
        gone = 0
        for start in range(0, len(digests), _REMOVED_AT_ONCE):
            wanted = [to_text(each) for each in digests[start : start + _REMOVED_AT_ONCE]]
            present = len(wanted) - len(self.missing(digests[start : start + _REMOVED_AT_ONCE]))
            answers = self.rpc.ask("block/rm", *wanted, force=True)
            gone += present - sum("pinned" in answer.get("Error", "") for answer in answers)
        return gone

    def size_bytes(self) -> int:
        """Bytes that the daemon's repository takes."""
        return int(self.rpc.ask("repo/stat", size_only=True)[0]["RepoSize"])

    def pin(self, manifest: Digest) -> None:
        """Hold a batch: everything under its manifest, all of which has to be here.

        Raises:
            BlockNotFoundError: a block of it is not here; nothing is pinned.
            CorruptBlockError: one is not what its CID says.
        """
        held = self._under(manifest)
        self._pins.add(CID.of(manifest), BATCH)
        self._pins.release(held)

    def unpin(self, manifest: Digest) -> None:
        """No longer hold a batch; nothing happens where it is not pinned."""
        self._pins.remove(CID.of(manifest))

    def pinned(self) -> list[Digest]:
        """The manifests that are pinned."""
        return [Digest(cid.digest) for cid in self._pins.named(BATCH)]

    def release(self, digests: Collection[Digest]) -> None:
        """No longer hold blocks because they were put; manifests go on holding theirs."""
        self._pins.release(frozenset(digests))

    def collect(self) -> int:
        """Remove what no pin holds, of other users of the daemon too; returns how many went."""
        return len(self.rpc.ask("repo/gc"))

    def close(self) -> None:
        """Close the connections."""
        self.rpc.close()

    def _listing(self) -> set[bytes]:
        """The CIDs of all blocks, as text, of codec raw."""
        here = set(_REFERENCE.findall(self.rpc.raw("refs/local")))
        self._listed = len(here)
        return here

    def _import(self, window: Sequence[Block]) -> int:
        digests = [digest for digest, _ in window]
        new = len(set(self.missing(digests)))
        self._pins.hold(digests, window)
        return new

    def _get(self, digest: Digest, **options: str | bool) -> bytes:
        try:
            block = self.rpc.raw("block/get", to_text(digest), **options)
        except KuboRefusedError as error:
            if _is_absence(error):
                raise BlockNotFoundError(digest) from error
            raise
        if digest_of(block) != digest:
            raise CorruptBlockError(digest, self.rpc.url)
        return block

    def _has(self, digest: Digest) -> bool:
        try:
            self.rpc.raw("block/stat", to_text(digest), offline=True)
        except KuboRefusedError as error:
            if _is_absence(error):
                return False
            raise
        return True

    def _export(self, digests: Sequence[Digest]) -> Iterator[CARBlock]:
        """Blocks in their order, each once, until one is missing or corrupt.

        Kubo exports what is under a root, so they get one for the time being.
        """
        root, content = page_of(digests, "perfledger/read")
        self.rpc.send("block/put", lambda: [content], cid_codec="dag-cbor")
        try:
            with suppress(MalformedCARError):
                yield from (block for block in self._car(root) if block.cid != root)
        finally:
            with suppress(UnavailableError):  # then it goes with the next collection
                self.rpc.raw("block/rm", str(root), force=True)

    def _car(self, root: CID) -> Iterator[CARBlock]:
        exported = self.rpc.stream("dag/export", str(root), offline=True, progress=False)
        yield from CARReader(stream_of(exported))

    def _under(self, manifest: Digest) -> set[Digest]:
        """Digests of everything under a manifest, all of which is here.

        An export that lacks a block ends as if it were whole, so its links are looked at.
        """
        self.get(manifest)
        here: set[bytes] = set()
        needed = [manifest]
        with suppress(MalformedCARError):
            for cid, data in self._car(CID.of(manifest)):
                here.add(cid.digest)
                needed += [link.sha256 for link in links(cid, data) if link.sha256 is not None]
        for digest in needed:
            if digest not in here:
                self.get(digest)  # says whether it is missing or corrupt
                raise BlockNotFoundError(digest)
        return set(needed)


def _windows(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    window: list[Block] = []
    size = 0
    for block in blocks:
        window.append(block)
        size += len(block[1])
        if len(window) >= WINDOW_BLOCKS or size >= WINDOW_BYTES:
            yield window
            window, size = [], 0
    if window:
        yield window


def _is_absence(error: KuboRefusedError) -> bool:
    return "could not find" in error.reason or "deadline exceeded" in error.reason
