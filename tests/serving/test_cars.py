"""CAR streams: which blocks, in which order, and how a stream that breaks off says so."""

import io
from collections.abc import Iterator
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ledger.ipld.car import CARReader
from ledger.ipld.car import MalformedCARError
from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.dagpb import PBLink
from ledger.ipld.entity import ByteRange
from ledger.ipld.entity import InvalidRangeError
from ledger.ipld.traversal import walk
from ledger.node import Node
from ledger.serving.gateway import CutOffError
from ledger.serving.gateway import Gateway
from ledger.serving.gateway import Scope
from ledger.serving.gateway import Selection
from ledger.serving.limits import ServingLimits
from tests.serving.dags import Dags
from tests.serving.dags import identity


def store_of(node: Node, dags: Dags, *without: CID) -> None:
    kept = {cid.sha256 for cid in dags} - {cid.sha256 for cid in without}
    node.blocks.put_many((digest, data) for digest, data in dags.blocks() if digest in kept)


def blocks_in(body: bytes) -> list[CID]:
    return [block.cid for block in CARReader(io.BytesIO(body))]


EVERYTHING = Selection()


def stream(gateway: Gateway, root: CID, selection: Selection = EVERYTHING) -> list[CID]:
    return blocks_in(b"".join(gateway.car(gateway.resolve(root, []), selection)))


def broken(pieces: Iterator[bytes]) -> tuple[bytes, CutOffError]:
    """What was sent until the stream broke off, and why it did."""
    sent: list[bytes] = []
    with pytest.raises(CutOffError) as error:
        sent.extend(pieces)
    return b"".join(sent), error.value


def test_a_dag_comes_depth_first_with_its_links_in_order(node: Node, dags: Dags):
    leaves = [dags.raw(str(number).encode()) for number in range(5)]
    left = dags.cbor({"b": [bytes(leaves[2])], "a": [bytes(leaves[1]), bytes(leaves[0])]})
    right = dags.node([PBLink(leaves[4], "y"), PBLink(leaves[3], "x")])
    root = dags.cbor([bytes(left), bytes(right)])
    store_of(node, dags)

    assert stream(node.gateway, root) == [
        root, left, leaves[1], leaves[0], leaves[2], right, leaves[4], leaves[3]
    ]  # fmt: skip


def test_a_block_comes_once_or_as_often_as_it_occurs(node: Node, dags: Dags):
    leaf = dags.raw(b"leaf")
    inner = dags.cbor([bytes(leaf), bytes(leaf)])
    root = dags.cbor([bytes(inner), bytes(leaf), bytes(inner)])
    store_of(node, dags)

    once = stream(node.gateway, root)
    often = stream(node.gateway, root, Selection(duplicates=True))

    assert once == [root, inner, leaf]
    assert often == [root, inner, leaf, leaf, leaf, inner, leaf, leaf]


def test_blocks_inside_cids_are_followed_and_not_sent(node: Node, dags: Dags):
    leaf = dags.raw(b"leaf")
    virtual = dags.cbor([bytes(leaf)])
    inside = identity(dags.pop(virtual), DAG_CBOR)
    root = dags.cbor([bytes(identity(b"hello")), bytes(inside)])
    store_of(node, dags)

    assert stream(node.gateway, root, Selection(duplicates=True)) == [root, leaf]


@given(st.lists(st.lists(st.integers(0, 30), max_size=6), min_size=1, max_size=30))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_dag_comes_as_a_plain_walk_gives_it(node: Node, shape: list[list[int]]):
    dags = Dags()
    made: list[CID] = []
    for number, targets in enumerate(shape):
        below = [bytes(made[target % number]) for target in targets] if number else []
        made.append(dags.cbor({"number": number, "links": below}))
    store_of(node, dags)

    expected = [block.cid for block in walk(made[-1], lambda cid: dags[cid])]

    assert stream(node.gateway, made[-1]) == expected


def test_a_missing_block_ends_the_stream_so_that_every_reader_notices(node: Node, dags: Dags):
    leaves = [dags.raw(str(number).encode()) for number in range(200)]
    root = dags.cbor([bytes(leaf) for leaf in leaves])
    store_of(node, dags, leaves[150])
    gateway = node.gateway

    sent, error = broken(gateway.car(gateway.resolve(root, []), Selection()))

    assert str(leaves[150]) in error.message
    assert sent.endswith(bytes(leaves[150]))
    seen = []
    with pytest.raises(MalformedCARError, match="cut off"):
        seen.extend(block.cid for block in CARReader(io.BytesIO(sent)))
    assert blocks_in_order(sent) == [root, *leaves[:150]]


def blocks_in_order(sent: bytes) -> list[CID]:
    found = []
    try:
        for block in CARReader(io.BytesIO(sent)):
            found.append(block.cid)  # noqa: PERF401 - what came before the error counts
    except MalformedCARError:
        pass
    return found


def test_a_client_of_a_broken_stream_gets_no_whole_answer(
    client: FlaskClient, node: Node, dags: Dags
):
    missing = dags.raw(b"missing")
    root = dags.cbor([bytes(missing)])
    store_of(node, dags, missing)

    with pytest.raises(CutOffError, match=str(missing)):
        client.get(f"/ipfs/{root}?format=car").get_data()

    assert client.get(f"/ipfs/{root}?format=car&dag-scope=block").status_code == 200


def test_a_missing_root_or_end_of_a_path_is_not_found(client: FlaskClient, node: Node, dags: Dags):
    file = dags.raw(b"file")
    root = dags.directory({"file": file})
    store_of(node, dags, file)

    for path in (f"{file}", f"{root}/file", f"{root}/other", f"{file}/below"):
        assert client.get(f"/ipfs/{path}?format=car").status_code == 404


def test_a_block_that_is_not_of_its_codec_ends_the_stream(node: Node, dags: Dags):
    bad = dags._keep(b"\xd8\x2a\xff", DAG_CBOR)
    root = dags.cbor([bytes(bad)])
    store_of(node, dags)

    sent, error = broken(node.gateway.car(node.gateway.resolve(root, []), Selection()))

    assert blocks_in_order(sent) == [root, bad]
    assert str(bad) in error.message


def test_a_codec_that_is_not_known_ends_the_stream(node: Node, dags: Dags):
    unknown = dags._keep(b"tree", 0x78)
    root = dags.cbor([bytes(unknown)])
    store_of(node, dags)

    _, error = broken(node.gateway.car(node.gateway.resolve(root, []), Selection()))

    assert "0x78" in error.message


def chain_of(dags: Dags, length: int) -> CID:
    tip = dags.cbor({"number": 0})
    for number in range(1, length + 1):
        tip = dags.cbor({"number": number, "next": bytes(tip)})
    return tip


def test_a_dag_may_be_as_deep_as_allowed_and_no_deeper(node: Node, dags: Dags):
    deep = chain_of(dags, 10)
    deeper = dags.cbor([bytes(deep)])
    store_of(node, dags)
    gateway = Gateway(node.blocks, ServingLimits(dag_depth=10))

    assert len(stream(gateway, deep)) == 11
    _, error = broken(gateway.car(gateway.resolve(deeper, []), Selection()))
    assert "deeper than 10 links" in error.message


def test_a_bomb_of_duplicates_ends_at_the_bytes_allowed(node: Node, dags: Dags):
    tip = dags.raw(bytes(1000))
    for _ in range(30):
        tip = dags.cbor([bytes(tip), bytes(tip)])
    store_of(node, dags)
    gateway = Gateway(node.blocks, ServingLimits(stream_bytes=100_000))

    sent, error = broken(gateway.car(gateway.resolve(tip, []), Selection(duplicates=True)))

    assert len(sent) < 150_000
    assert "100,000 bytes" in error.message


def test_a_stream_ends_when_its_time_is_over(node: Node, dags: Dags):
    root = chain_of(dags, 20)
    store_of(node, dags)
    gateway = Gateway(node.blocks, ServingLimits(stream_seconds=0))

    _, error = broken(gateway.car(gateway.resolve(root, []), Selection()))

    assert "took 0 seconds" in error.message


class Counting:
    """A store that notes how many blocks were read."""

    def __init__(self, node: Node) -> None:
        self._store = node.blocks
        self.read = 0

    def get_many(self, digests):
        for block in self._store.get_many(digests):
            self.read += 1
            yield block

    def missing(self, digests):
        return self._store.missing(digests)


def test_a_stream_reads_as_it_is_read(node: Node, dags: Dags):
    leaves = [dags.raw(number.to_bytes(4, "big") * 50_000) for number in range(40)]
    root = dags.cbor([bytes(leaf) for leaf in leaves])
    store_of(node, dags)
    store = Counting(node)
    gateway = Gateway(store)

    pieces = gateway.car(gateway.resolve(root, []), Selection())
    read = [store.read for _ in pieces]

    assert len(read) >= 40
    assert all(later - earlier <= 8 for earlier, later in pairwise(read))


@pytest.fixture
def file(node: Node, dags: Dags) -> list[CID]:
    """A file of 10 chunks of 100 bytes and one of 26, under two levels of nodes, top down."""
    content = b"".join(bytes([number]) * 100 for number in range(10)) + b"x" * 26
    top = dags.file(content, 100, width=4)
    store_of(node, dags)
    return [block.cid for block in walk(top, lambda cid: dags[cid])]


def chunks(node: Node, file: list[CID], span: str) -> list[int]:
    """Which chunks come for a range, the nodes above them left out."""
    leaves = [cid for cid in file if cid.codec == 0x55]
    found = stream(node.gateway, file[0], Selection(Scope.ENTITY, ByteRange.parse(span)))
    assert found[0] == file[0]
    return [leaves.index(cid) for cid in found if cid in leaves]


ALL = list(range(11))


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("0:*", ALL), ("0:0", [0]), ("99:99", [0]), ("100:100", [1]), ("99:100", [0, 1]),
        ("250:449", [2, 3, 4]), ("1000:*", [10]), ("-1:*", [10]), ("-26:*", [10]),
        ("-27:*", [9, 10]), ("-9999:*", ALL), ("-9999:-1027", []), ("0:-1000", [0]),
        ("0:-1026", [0]), ("0:-1027", []), ("500:-400", [5, 6]), ("900:99999", [9, 10]),
        ("0:9223372036854775807", ALL), ("-9223372036854775807:*", ALL), ("700:-900", []),
    ],
)  # fmt: skip
def test_a_range_brings_the_chunks_it_needs_and_no_other(
    node: Node, file: list[CID], span: str, expected: list[int]
):
    assert chunks(node, file, span) == expected


@given(st.integers(-1200, 1200), st.none() | st.integers(-1200, 1200))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_range_brings_what_a_slice_of_the_file_touches(
    node: Node, file: list[CID], first: int, last: int | None
):
    places = range(1026)
    begin = max(0, first + 1026) if first < 0 else first
    end = 1026 if last is None else (last + 1026 if last < 0 else last) + 1
    touched = sorted({place // 100 for place in places[begin : max(0, end)]})

    try:
        found = chunks(node, file, f"{first}:{'*' if last is None else last}")
    except InvalidRangeError:
        assert touched == []
    else:
        assert found == touched


@pytest.mark.parametrize(
    "span", ["1026:*", "99999:100000", "5:4", "-4:-5", "", ":", "1", "1:2:3", "a:b", "0x1:*", "*:5",
             "1:", "--1:*", "9223372036854775808:*", "1" * 400 + ":*", "\u0661:\u0662",
             "+1:2", "1_0:*"],
)  # fmt: skip
def test_ranges_that_are_none_or_lie_outside_are_refused(
    client: FlaskClient, file: list[CID], span: str
):
    answer = client.get(f"/ipfs/{file[0]}", query_string={"format": "car", "entity-bytes": span})

    assert answer.status_code == 400


def test_a_range_of_a_file_with_a_hole_comes_if_it_avoids_the_hole(node: Node, dags: Dags):
    content = b"a" * 100 + b"b" * 100 + b"c" * 100
    top = dags.file(content, 100)
    first, hole, last = [cid for cid in dags if cid.codec == 0x55]
    store_of(node, dags, hole)

    before = stream(node.gateway, top, Selection(Scope.ENTITY, ByteRange(0, 99)))
    after = stream(node.gateway, top, Selection(Scope.ENTITY, ByteRange(200)))

    assert (before, after) == ([top, first], [top, last])


def test_a_directory_comes_without_what_is_in_it(node: Node, dags: Dags):
    names = {f"{number}.txt": dags.raw(str(number).encode()) for number in range(600)}
    plain, sharded = dags.directory(names), dags.hamt(names)
    shards = {cid for cid in dags if cid.codec == 0x70} - {plain}
    store_of(node, dags)

    entity = Selection(Scope.ENTITY)

    assert stream(node.gateway, plain, entity) == [plain]
    found = stream(node.gateway, sharded, entity)
    assert found[0] == sharded
    assert set(found) == shards
    assert len(found) == len(shards) > 100


@pytest.mark.parametrize("fanout", [8, 16, 256, 1024])
def test_every_entry_of_a_sharded_directory_is_found(node: Node, dags: Dags, fanout: int):
    names = {f"{number}.txt": dags.raw(str(number).encode()) for number in range(300)}
    root = dags.hamt(names, fanout)
    store_of(node, dags)

    for name, cid in names.items():
        assert node.gateway.resolve(root, [name]).cid == cid


def test_a_path_leads_through_every_kind_of_block(node: Node, dags: Dags):
    file = dags.file(b"content" * 100, 100)
    sharded = dags.hamt({"file": file, **{f"{n}": dags.raw(b"") for n in range(300)}})
    document = dags.cbor({"a": {"b": [1, {"c": bytes(sharded)}]}, "": 1})
    root = dags.directory({"document": document})
    store_of(node, dags)

    found = node.gateway.resolve(root, ["document", "a", "b", "1", "c", "file"])

    assert found.cid == file
    assert found.roots == (root, document, sharded, file)
    assert set(found.roots[:-1]) <= set(found.parents)
    assert node.gateway.resolve(document, ["a", "b", "0"]).remainder == ("a", "b", "0")


@pytest.mark.parametrize(
    "path", ["a/b/2", "a/b/-1", "a/b/01", "a/b/x", "a/b/٢", "a/c", "d/e", "a/b/" + "9" * 50]
)
def test_a_path_that_leads_nowhere_is_not_found(
    client: FlaskClient, node: Node, dags: Dags, path: str
):
    root = dags.cbor({"a": {"b": [1, 2]}, "d": "text"})
    store_of(node, dags)

    assert client.get(f"/ipfs/{root}/{path}?format=car").status_code == 404


def test_a_stream_says_what_it_is(client: FlaskClient, node: Node, dags: Dags):
    file = dags.raw(b"file")
    root = dags.directory({"a b": file})
    store_of(node, dags)

    answer = client.get(
        f"/ipfs/{root}/a b", headers={"Accept": "application/vnd.ipld.car;order=unk;dups=y"}
    )

    assert answer.headers["Content-Type"] == (
        "application/vnd.ipld.car; version=1; order=dfs; dups=y"
    )
    assert answer.headers["Content-Location"] == (
        f"/ipfs/{root}/a%20b?format=car&car-order=unk&car-dups=y"
    )
    assert answer.headers["X-Ipfs-Path"] == f"/ipfs/{root}/a%20b"
    assert answer.headers["X-Ipfs-Roots"] == f"{root},{file}"
    assert answer.headers["Accept-Ranges"] == "none"
    assert f'filename="{root}.car"' in answer.headers["Content-Disposition"]
    assert "Content-Length" not in answer.headers
    assert blocks_in(answer.data) == [root, file]


def test_etags_tell_streams_apart_and_know_them_again(client: FlaskClient, file: list[CID]):
    queries = ["", "&dag-scope=block", "&dag-scope=entity", "&entity-bytes=0:5", "&car-dups=y",
               "&entity-bytes=0:6", "&entity-bytes=-5:*"]  # fmt: skip
    urls = [f"/ipfs/{file[0]}?format=car{query}" for query in queries]
    etags = [client.head(url).headers["ETag"] for url in urls]

    assert len(set(etags)) == len(urls)
    for url, etag in zip(urls, etags, strict=True):
        again = client.get(url, headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")


def test_head_of_a_stream_walks_nothing(client: FlaskClient, node: Node, dags: Dags):
    missing = dags.raw(b"missing")
    root = dags.cbor([bytes(missing)])
    store_of(node, dags, missing)

    answer = client.head(f"/ipfs/{root}?format=car")

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.mimetype == "application/vnd.ipld.car"
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("dag-scope=some", 400), ("dag-scope=", 400), ("car-version=2", 406),
        ("car-order=bfs", 406), ("car-dups=maybe", 406),
        ("car-version=1&car-order=unk&car-dups=n", 200),
    ],
)  # fmt: skip
def test_variants_that_are_not_written_are_refused(
    client: FlaskClient, file: list[CID], query: str, status: int
):
    assert client.get(f"/ipfs/{file[0]}?format=car&{query}").status_code == status


def test_the_first_variant_that_is_written_here_is_chosen(client: FlaskClient, file: list[CID]):
    accept = "application/vnd.ipld.car;order=foo, application/vnd.ipld.car;order=dfs;dups=y;q=0.5"

    answer = client.get(f"/ipfs/{file[0]}", headers={"Accept": accept})

    assert answer.status_code == 200
    assert "dups=y" in answer.headers["Content-Type"]


def test_the_query_overrides_parameters_of_the_header(client: FlaskClient, file: list[CID]):
    answer = client.get(
        f"/ipfs/{file[0]}?format=car&car-dups=n",
        headers={"Accept": "application/vnd.ipld.car;dups=y"},
    )

    assert "dups=n" in answer.headers["Content-Type"]
