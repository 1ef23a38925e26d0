"""What keeps a store's blocks from Kubo's garbage collection until a manifest is pinned.

Kubo removes every block that no pin holds, at any moment its operator chooses; records that were
acknowledged and wait for their batch would be lost. Each import therefore brings a page with it, a
block that links to the others, and pins that. When a manifest that holds them is pinned, the pages
are let go, or shrink to what is left of them.

Links of a page are raw: what a page holds is its blocks, not what these link to.
"""

from collections.abc import Collection
from collections.abc import Sequence
from itertools import chain

from ledger.ipld.car import CARBlock
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.ipld.cid import RAW
from ledger.ipld.links import links
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.store.blocks import Block
from ledger.store.kubo_errors import KuboRefusedError
from ledger.store.kubo_rpc import KuboRPC

HELD = "perfledger held"
"""Name of the pins of pages."""

PIN_SECONDS = 60
"""What is pinned is here; where it is not after all, Kubo would ask the network for ever."""


def page_of(digests: Sequence[Digest], kind: str = "perfledger/held") -> CARBlock:
    """A block that links to others."""
    page = dagcbor.encode({"kind": kind, "blocks": [bytes(CID.of(each, RAW)) for each in digests]})
    return CARBlock(CID.of(digest_of(page)), page)


class Pins:
    """The pins of one daemon, by name; those without are its operator's."""

    def __init__(self, rpc: KuboRPC) -> None:
        self._rpc = rpc

    def named(self, name: str) -> list[CID]:
        """What is pinned recursively under a name."""
        found = self._rpc.ask("pin/ls", type="recursive", name=name, names=True, stream=True)
        return [CID.parse(pin["Cid"]) for pin in found if pin.get("Name") == name]

    def hold(self, digests: Sequence[Digest], blocks: Sequence[Block] = ()) -> None:
        """Pin a page over blocks that are here, or come along.

        The import keeps garbage collection away until the page is pinned.

        Raises:
            KuboRefusedError: the daemon does not take a block; nothing is pinned.
        """
        page = page_of(digests)
        answers = self._rpc.send(
            "dag/import",
            lambda: write_car(
                [page.cid],
                chain([page], (CARBlock(CID.of(digest, RAW), data) for digest, data in blocks)),
            ),
            pin_roots=True,
            stats=True,
        )
        problems = [answer["Root"]["PinErrorMsg"] for answer in answers if "Root" in answer]
        if not any("Stats" in answer for answer in answers):
            problems.append("it ended early")
        if problem := "".join(problems):
            raise KuboRefusedError(self._rpc.url, "dag/import", problem)
        self.add(page.cid, HELD)

    def add(self, cid: CID, name: str) -> None:
        """Pin a DAG that is here; one that is pinned already gets the name."""
        self._rpc.ask("pin/add", str(cid), name=name, timeout=f"{PIN_SECONDS}s")

    def remove(self, cid: CID) -> None:
        """Remove a recursive pin, if there is one."""
        try:
            self._rpc.ask("pin/rm", str(cid))
        except KuboRefusedError as error:
            if "not pinned" not in error.reason:
                raise

    def release(self, digests: Collection[Digest]) -> None:
        """Hold blocks no longer by pages.

        Two processes at it at once leave pages that hold too much, never too little.
        """
        for page in self.named(HELD):
            held = [
                link.sha256
                for link in links(page, self._rpc.raw("block/get", str(page), offline=True))
                if link.sha256 is not None
            ]
            left = [digest for digest in held if digest not in digests]
            if len(left) == len(held):
                continue
            if left:
                self.hold(left)
            self.remove(page)
