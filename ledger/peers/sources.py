"""Where blocks come from: other nodes of the ledger, and any trustless gateway.

Every block is hashed before it is handed out. What a source sends that hashes to something else is
`MisbehavedError`: a broken disk and a liar look the same from here, and neither is asked again.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader
from typing import Protocol

from ledger.errors import InvalidInputError
from ledger.ipld.car import CARLimits
from ledger.ipld.car import CARReader
from ledger.ipld.car import TruncatedCARError
from ledger.peers.http import Body
from ledger.peers.http import MisbehavedError
from ledger.peers.http import PeerUnavailableError
from ledger.peers.http import Web
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.record.dagcbor import MAX_BLOCK_BYTES
from ledger.store.blocks import Block

CAR = "application/vnd.ipld.car; version=1; order=dfs; dups=n"
RAW = "application/vnd.ipld.raw"

BLOCKS_AT_ONCE = 2_000
"""Asked for in one request."""

ANSWER_BYTES = 64 * 1024 * 1024
"""About where an answer to a request for single blocks ends; the rest is asked for again."""

_ANSWER_SECONDS = 30.0
_DAG_SECONDS = 600.0
"""Most that one answer takes. What is missing then comes in pieces, and from other sources too."""

_PARALLEL = 8
"""Requests for single blocks at once, as many as browsers and gateways bear."""

_WINDOW = 8 * _PARALLEL
"""Single blocks that wait to be taken."""

_SECTION_BYTES = 200
"""Of a CAR, around a block: its length and its CID."""


class Source(Protocol):
    """Something that may hold blocks.

    Attributes:
        url: where it is, which names it.
    """

    url: str

    def dag(self, root: Digest, *, most_blocks: int) -> Iterator[Block]:
        """The blocks of a DAG, parents first, as far as the source has them.

        Raises:
            NotHeldError: it does not have the root.
            PeerUnavailableError: it does not answer, or broke off.
            MisbehavedError: it sent something else.
        """

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        """Those of the blocks that it has, in any order; raises as `dag` does."""


class Gateway:
    """A trustless gateway of any kind: Kubo's, a public one, or a node of the ledger.

    Args:
        web: how it is reached.
        url: its address, without ``/ipfs``.
    """

    def __init__(self, web: Web, url: str) -> None:
        self.url = url.rstrip("/")
        self._web = web

    def dag(self, root: Digest, *, most_blocks: int) -> Iterator[Block]:
        """The blocks of a DAG, in one request."""
        with self._web.open(
            "GET",
            f"{self.url}/ipfs/{to_text(root)}",
            params={"format": "car", "dag-scope": "all"},
            accept=CAR,
            seconds=_DAG_SECONDS,
            most_bytes=most_bytes(most_blocks),
        ) as body:
            yield from read_blocks(body, most_blocks, self.url)

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        """Single blocks, a few at once; the first that is not there ends it."""
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for start in range(0, len(digests), _WINDOW):
                part = digests[start : start + _WINDOW]
                yield from zip(part, pool.map(self.block, part), strict=True)

    def block(self, digest: Digest) -> bytes:
        """One block; raises as `dag` does."""
        with self._web.open(
            "GET",
            f"{self.url}/ipfs/{to_text(digest)}",
            params={"format": "raw"},
            accept=RAW,
            seconds=_ANSWER_SECONDS,
            most_bytes=MAX_BLOCK_BYTES,
        ) as body:
            data = body.read()
        if digest_of(data) != digest:
            raise MisbehavedError(f"{self.url} sent other bytes for block {to_text(digest)}")
        return data


class Peer(Gateway):
    """Another node of the ledger: it also gives many single blocks in one request."""

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        """Those of the blocks that it has, some thousands in a request."""
        for start in range(0, len(digests), BLOCKS_AT_ONCE):
            wanted = digests[start : start + BLOCKS_AT_ONCE]
            with self._web.open(
                "POST",
                f"{self.url}/peers/v1/blocks",
                json={"cids": [to_text(digest) for digest in wanted]},
                accept=CAR,
                seconds=_DAG_SECONDS,
                most_bytes=most_bytes(len(wanted)),
            ) as body:
                yield from read_blocks(body, len(wanted), self.url)


def read_blocks(body: Body, most: int, name: str) -> Iterator[Block]:
    """The blocks of a CAR that comes from elsewhere, at most so many.

    Raises:
        PeerUnavailableError: it is cut off.
        MisbehavedError: a block is not what its CID says, or the file is malformed.
    """
    limits = CARLimits(block_bytes=MAX_BLOCK_BYTES, blocks=most, total_bytes=most * MAX_BLOCK_BYTES)
    try:
        for cid, data in CARReader(BufferedReader(body, 1 << 18), limits):
            digest = cid.sha256
            if digest is None:
                raise MisbehavedError(f"{name} sent {cid}, which no ledger has")
            yield digest, data
    except TruncatedCARError as error:
        raise PeerUnavailableError(f"{name} broke off: {error.message}") from error
    except InvalidInputError as error:
        raise MisbehavedError(f"{name} sent a malformed CAR: {error.message}") from error


def most_bytes(blocks: int) -> int:
    """A bound on an answer of so many blocks, any of which may be as large as blocks can be.

    A batch of nothing but large blocks must not make liars of those who serve it.
    """
    return blocks * (MAX_BLOCK_BYTES + _SECTION_BYTES) + CARLimits().header_bytes
