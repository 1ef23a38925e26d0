"""Many blocks out of Kubo by one request: an export of what is under a root.

An export that lacks a block, or whose connection breaks, ends as if it were whole: whoever reads
one has to know what should be in it.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import suppress

from ledger.errors import UnavailableError
from ledger.ipld.car import CARBlock
from ledger.ipld.car import CARReader
from ledger.ipld.car import MalformedCARError
from ledger.ipld.cid import CID
from ledger.ipld.links import links
from ledger.ipld.pieces import stream_of
from ledger.record.cid import Digest
from ledger.store.kubo_errors import KuboUnavailableError
from ledger.store.kubo_holds import page_of
from ledger.store.kubo_rpc import KuboRPC


def export_many(rpc: KuboRPC, digests: Sequence[Digest]) -> Iterator[CARBlock]:
    """Blocks in their order, each once, until one is missing or corrupt, or the connection breaks.

    Kubo exports what is under a root, so they get one for the time being.
    """
    root, content = page_of(digests, "perfledger/read")
    rpc.send("block/put", lambda: [content], cid_codec="dag-cbor")
    try:
        with suppress(MalformedCARError, KuboUnavailableError):
            yield from (block for block in _export(rpc, root) if block.cid != root)
    finally:
        with suppress(UnavailableError):  # then it goes with the next collection
            rpc.raw("block/rm", str(root), force=True)


def reach(rpc: KuboRPC, manifest: Digest, here: set[Digest]) -> Iterator[Digest]:
    """A manifest and what is linked to below it, as far as the daemon has it.

    Args:
        rpc: of the daemon.
        manifest: where to begin.
        here: takes up what the daemon has of it.

    Raises:
        KuboRefusedError: it does not have the manifest.
        MalformedBlockError: a block is not of its codec.
    """
    yield manifest
    with suppress(MalformedCARError):
        for cid, data in _export(rpc, CID.of(manifest)):
            here.add(Digest(cid.digest))
            yield from (each.sha256 for each in links(cid, data) if each.sha256 is not None)


def _export(rpc: KuboRPC, root: CID) -> Iterator[CARBlock]:
    exported = rpc.stream("dag/export", str(root), offline=True, progress=False)
    yield from CARReader(stream_of(exported))
