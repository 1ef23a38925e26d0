"""Walking a DAG from its root, depth first.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/#car-order-content-type-parameter
(order ``dfs``, no duplicates), which is also the order in which ``ipfs dag export`` writes.
"""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.errors import InvalidInputError
from ledger.ipld.car import CARBlock
from ledger.ipld.cid import CID
from ledger.ipld.cid import IDENTITY
from ledger.ipld.links import links

GetBlock = Callable[[CID], bytes]
"""Gives the bytes behind a CID, hashed, or raises."""


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """How far a walk may go through a DAG that a stranger made.

    Attributes:
        depth: links from the root to a block.
        blocks: number of blocks, each counted once.
        total_bytes: of all blocks.
    """

    depth: int = 64
    blocks: int = 1_100_000
    total_bytes: int = 8 << 30


class BoundlessDAGError(InvalidInputError):
    """A DAG is deeper or larger than a walk may go."""

    def __init__(self, root: CID, cid: CID, limit: str) -> None:
        super().__init__(
            f"the DAG under {root} has more than {limit}, at block {cid}",
            hint="No batch is that large; nothing after this block was read.",
        )


def walk(
    root: CID,
    get: GetBlock,
    limits: WalkLimits = WalkLimits(),
    *,
    follow: Callable[[CID, bytes], tuple[CID, ...]] = links,
) -> Iterator[CARBlock]:
    """The blocks of a DAG, each once, a block before those it links to.

    What is in memory is one block, the links yet to follow, and the names of blocks seen. A CID
    that holds its block itself (identity) is followed, and not given: nobody needs to be sent it.

    Args:
        root: where to begin.
        get: gives a block.
        limits: how far to go.
        follow: gives the links of a block to follow; all of them, unless told otherwise.

    Raises:
        BoundlessDAGError: the DAG exceeds a limit.
        MalformedBlockError: a block is not of its codec.
        UnknownCodecError: where the links of a block are is not known.
    """
    seen: set[bytes] = set()
    total = 0
    ways = [iter((root,))]
    while ways:
        cid = next(ways[-1], None)
        if cid is None:
            ways.pop()
            continue
        name = bytes(cid)
        if name in seen:
            continue
        seen.add(name)
        if len(seen) > limits.blocks:
            raise BoundlessDAGError(root, cid, f"{limits.blocks:,} blocks")
        data = cid.digest if cid.hash_code == IDENTITY else get(cid)
        total += len(data)
        if total > limits.total_bytes:
            raise BoundlessDAGError(root, cid, f"{limits.total_bytes:,} bytes")
        if cid.hash_code != IDENTITY:
            yield CARBlock(cid, data)
        further = follow(cid, data)
        if further:
            if len(ways) > limits.depth:
                raise BoundlessDAGError(root, cid, f"{limits.depth} links one after another")
            ways.append(iter(further))
