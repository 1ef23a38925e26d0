"""DAG-PB and UnixFS are read strictly: one node, one form; and what Kubo writes is read."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInputError
from ledger.ipld import dagpb
from ledger.ipld import paths
from ledger.ipld import protobuf
from ledger.ipld import unixfs
from ledger.ipld.car import CARReader
from ledger.ipld.cid import CID
from ledger.ipld.dagpb import MalformedNodeError
from ledger.ipld.dagpb import PBLink
from ledger.ipld.dagpb import PBNode
from ledger.ipld.paths import NoSuchPathError
from ledger.ipld.traversal import walk
from ledger.ipld.unixfs import Kind
from ledger.ipld.unixfs import UnixFS
from ledger.record.cid import digest_of
from tests.store.kubo.daemons import kubo

SOME = CID.of(digest_of(b"some"))
LINK = protobuf.write(1, bytes(SOME))
NAME, SIZE = protobuf.write(2, b"name"), protobuf.write(3, 7)

cids = st.binary(max_size=20).map(lambda data: CID.of(digest_of(data)))
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
links = st.builds(PBLink, cids, names, st.none() | st.integers(0, 2**62))


@given(st.lists(links, max_size=5), st.none() | st.binary(max_size=20))
def test_a_node_is_read_as_it_was_written(found: list[PBLink], data: bytes | None):
    node = PBNode(tuple(found), data)

    assert dagpb.decode(dagpb.encode(node)) == node
    assert list(dagpb.linked(dagpb.encode(node))) == [link.cid for link in found]


def test_data_may_stand_before_the_links():
    block = protobuf.write(1, b"data") + protobuf.write(2, LINK)

    assert dagpb.decode(block) == PBNode((PBLink(SOME),), b"data")


@pytest.mark.parametrize(
    "block",
    [
        b"\xff",
        protobuf.write(1, b"a") + protobuf.write(1, b"b"),
        protobuf.write(2, LINK) + protobuf.write(1, b"a") + protobuf.write(2, LINK),
        protobuf.write(3, b""),
        protobuf.write(1, 5),
        protobuf.write(2, b""),
        protobuf.write(2, NAME),
        protobuf.write(2, NAME + LINK),
        protobuf.write(2, LINK + LINK),
        protobuf.write(2, LINK + SIZE + NAME),
        protobuf.write(2, LINK + protobuf.write(4, 1)),
        protobuf.write(2, protobuf.write(1, bytes(SOME) + b"\x00")),
        protobuf.write(2, protobuf.write(1, bytes(SOME)[:-1])),
        protobuf.write(2, protobuf.write(1, 5)),
        protobuf.write(2, LINK + protobuf.write(2, b"\xff")),
        protobuf.write(2, LINK + protobuf.write(2, 5)),
        protobuf.write(2, LINK + protobuf.write(3, b"x")),
        protobuf.write(2, LINK)[:-1],
        b"\x0d\x00\x00\x00\x00",
        b"\x8a\x00\x00",
    ],
)
def test_a_node_in_another_form_is_refused(block: bytes):
    with pytest.raises(MalformedNodeError, match="DAG-PB"):
        dagpb.decode(block)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(block: bytes):
    try:
        unixfs.parse(dagpb.decode(block))
    except InvalidInputError:
        return


def test_sizes_may_be_packed():
    sizes = protobuf.write(4, b"\x05\x80\x01")
    node = PBNode((PBLink(SOME), PBLink(SOME)), protobuf.write(1, int(Kind.FILE)) + sizes)

    message = unixfs.parse(node)

    assert message is not None
    assert (message.block_sizes, message.size) == ((5, 128), 133)


@pytest.mark.parametrize(
    "message",
    [
        UnixFS(Kind.FILE, block_sizes=(1, 2)),
        UnixFS(Kind.HAMT_SHARD, hash_type=0x22, fanout=7),
        UnixFS(Kind.HAMT_SHARD, hash_type=0x12, fanout=256),
        UnixFS(Kind.HAMT_SHARD, hash_type=0x22, fanout=2**20),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(message: UnixFS):
    with pytest.raises(unixfs.MalformedUnixFSError):
        unixfs.parse(PBNode((PBLink(SOME),), unixfs.encode(message)))


@pytest.mark.parametrize("sharded", [False, True])
def test_what_kubo_writes_is_read(tmp_path: Path, sharded: bool):
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    contents = {f"{number}.txt": b"%d" % number * number for number in range(120)}
    for name, content in contents.items():
        (folder / "below" / name).write_bytes(content)
    with kubo(tmp_path / "kubo", start=False) as daemon:
        daemon.configure(
            {"Import": {"UnixFSHAMTDirectorySizeThreshold": "1B" if sharded else "1MiB"}}
        )
        arguments = ["--quieter", "--cid-version=1", "--chunker=size-64"]
        root = CID.parse(daemon.ipfs("add", "-r", *arguments, folder).out.decode().strip())
        exported = daemon.ipfs("dag", "export", "--progress=false", str(root)).out
    blocks = {block.cid: block.data for block in CARReader(io.BytesIO(exported))}

    assert [block.cid for block in walk(root, blocks.__getitem__)] == list(blocks)
    directory = paths.resolve(root, ["below"], blocks.__getitem__).cid
    message = unixfs.parse(dagpb.decode(blocks[directory]))
    assert message is not None
    assert message.kind is (Kind.HAMT_SHARD if sharded else Kind.DIRECTORY)
    for name, content in contents.items():
        found = paths.resolve(root, ["below", name], blocks.__getitem__)
        parts = [block for block in walk(found.cid, blocks.__getitem__) if block.cid.codec == 0x55]
        if len(set(parts)) == -(-len(content) // 64):  # equal chunks come once
            assert b"".join(part.data for part in parts) == content
    with pytest.raises(NoSuchPathError):
        paths.resolve(root, ["below", "nothing.txt"], blocks.__getitem__)
