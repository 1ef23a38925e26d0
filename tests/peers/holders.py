"""Servers that hold blocks, and lie about them in every way there is."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager

from ledger.peers.shape import links_of
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_bytes
from ledger.store.blocks import Block
from tests.peers.dags import block
from tests.peers.servers import Answer
from tests.peers.servers import Request
from tests.peers.servers import Served
from tests.peers.servers import car
from tests.peers.servers import http_server

Fault = Callable[[list[Block]], bytes]
"""What a server answers instead of these blocks."""


def below(held: Mapping[Digest, bytes], root: Digest) -> list[Block]:
    """A DAG as far as it is held, parents first."""
    found: dict[Digest, bytes] = {}
    level = [root]
    while level:
        found |= {digest: held[digest] for digest in level if digest in held}
        level = [
            link
            for digest in level
            for link in links_of(held.get(digest, b""))
            if link not in found
        ]
    return list(found.items())


@contextmanager
def holder(blocks: Mapping[Digest, bytes], fault: Fault | None = None) -> Iterator[Served]:
    """A node that holds blocks; with a fault, one that answers something else."""

    def answer(request: Request) -> Answer:
        if request.path == "/peers/v1/blocks":
            found = [(each, blocks[each]) for each in request.wanted if each in blocks]
        elif request.root not in blocks:
            return 404, b""
        elif request.query["format"] == ["raw"]:
            data = blocks[request.root]
            return 200, data if fault is None else fault([(request.root, data)])
        else:
            found = below(blocks, request.root)
        return 200, car(*found) if fault is None else fault(found)

    with http_server(answer) as server:
        yield server


def asked_for(server: Served) -> list[Digest]:
    """Single blocks that were asked for, in their order."""
    return [
        digest
        for request in server.asked
        if request.path == "/peers/v1/blocks"
        for digest in request.wanted
    ]


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def other_bytes(found: list[Block]) -> bytes:
    """The last block is a bit away from what it should be."""
    digest, data = found[-1]
    return car(*found[:-1], (digest, flipped(data)))


def another_block(found: list[Block]) -> bytes:
    """A block that hashes right, and nobody asked for."""
    digest, data = next(iter(unasked()))
    return car(*found[:1], (digest, data), *found[1:])


def unasked() -> list[Block]:
    return [block({"nobody": "asked"})]


def endless(found: list[Block]) -> bytes:
    return car(*found[:1] * 5_000)


def another_hash(found: list[Block]) -> bytes:
    """A CID of a hash function that no ledger has."""
    section = bytes([1, 0x71, 0x16, 32]) + bytes(32) + b"data"
    return car(*found[:1]) + bytes([len(section)]) + section


def too_large(_: list[Block]) -> bytes:
    return car() + b"\xff\xff\xff\x7f"


def no_length(_: list[Block]) -> bytes:
    return car() + b"\xff" * 20


def bad_root(_: list[Block]) -> bytes:
    header = dagcbor.encode({"roots": [to_bytes(digest_of(b""))], "version": 1})
    header = header.replace(bytes([1, 0x71, 0x12, 0x20]), bytes([9, 0x71, 0x12, 0x20]))
    return bytes([len(header)]) + header


LIES: dict[str, Fault] = {
    "a bit flipped": other_bytes,
    "a block nobody asked for": another_block,
    "the same again and again": endless,
    "an unknown hash": another_hash,
    "a length beyond all": too_large,
    "a length that does not end": no_length,
    "a root that is none": bad_root,
    "garbage": lambda _: b"garbage" * 100,
    "zeros": lambda _: bytes(1_000),
}
"""Answers that no honest node gives."""

FAILURES: dict[str, Fault] = {
    "nothing": lambda _: b"",
    "half of it": lambda found: car(*found)[: len(car(*found)) // 2],
    "all but the last byte": lambda found: car(*found)[:-1],
    "a page": lambda _: b"<html>It works!</html>",
    "a header": lambda _: car(),
    "the root alone": lambda found: car(*found[:1]),
}
"""Answers of nodes that break off; they may do better next time."""
