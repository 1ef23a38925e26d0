"""A DAG comes from whoever has it, whatever others do meanwhile."""

import threading
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.errors import UnavailableError
from ledger.peers import fetching
from ledger.peers import sources
from ledger.peers.addresses import AddressPolicy
from ledger.peers.addresses import networks
from ledger.peers.assembly import Assembly
from ledger.peers.assembly import OversizedDAGError
from ledger.peers.fetching import NobodyHasItError
from ledger.peers.fetching import fetch
from ledger.peers.http import FAULTS_OF_A_PEER
from ledger.peers.http import Body
from ledger.peers.http import MisbehavedError
from ledger.peers.http import NotHeldError
from ledger.peers.http import PeerUnavailableError
from ledger.peers.http import Web
from ledger.peers.shape import Shape
from ledger.peers.sources import Gateway
from ledger.peers.sources import Peer
from ledger.peers.sources import Source
from ledger.peers.sources import most_bytes
from ledger.peers.sources import read_blocks
from ledger.record.cid import Digest
from ledger.record.dagcbor import MAX_BLOCK_BYTES
from ledger.store.blocks import Block
from ledger.store.files import UnusableFileError
from ledger.store.sqlite import SQLiteBlockStore
from tests.peers.dags import DAG
from tests.peers.dags import batch
from tests.peers.dags import block
from tests.peers.dags import over
from tests.peers.holders import FAILURES
from tests.peers.holders import LIES
from tests.peers.holders import asked_for
from tests.peers.holders import holder
from tests.peers.holders import unasked
from tests.peers.servers import Answer
from tests.peers.servers import Request
from tests.peers.servers import car
from tests.peers.servers import http_server
from tests.peers.servers import raw_server


@pytest.fixture
def web() -> Iterator[Web]:
    opened = Web(AddressPolicy([], networks("127.0.0.0/8")))
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    opened = SQLiteBlockStore(tmp_path / "blocks.sqlite")
    yield opened
    opened.close()


class Told(NamedTuple):
    """What was told of a source."""

    url: str
    problem: UnavailableError | None
    blocks: int


def fetched(store: SQLiteBlockStore, dag: DAG, *asked: Source) -> list[Told]:
    told: list[Told] = []
    fetch(
        Assembly(store, dag.root, dag.shape),
        asked,
        lambda source, problem, blocks, _: told.append(Told(source.url, problem, blocks)),
    )
    return told


def test_a_dag_comes_in_one_request(web: Web, store: SQLiteBlockStore):
    dag = batch(20)
    with holder(dict(dag.blocks)) as server:
        told = fetched(store, dag, Peer(web, server.url))

    assert told == [Told(server.url, None, len(dag.blocks))]
    assert len(server.asked) == 1
    assert store.missing(dag.digests) == []


def test_a_gateway_of_any_kind_serves_as_well(web: Web, store: SQLiteBlockStore):
    dag = batch(20)
    store.put_many(dag.blocks[:3])
    with holder(dict(dag.blocks)) as server:
        told = fetched(store, dag, Gateway(web, server.url))

    assert told == [Told(server.url, None, len(dag.blocks) - 3)]
    assert all(request.query == {"format": ["raw"]} for request in server.asked)
    assert store.missing(dag.digests) == []


def test_nobody_has_it(web: Web, store: SQLiteBlockStore):
    dag = batch(3)
    with holder({}) as server, pytest.raises(NobodyHasItError, match="1 blocks are missing"):
        fetched(store, dag, Peer(web, server.url))
    with pytest.raises(NobodyHasItError, match="nobody who has it is known"):
        fetched(store, dag)


@pytest.mark.parametrize("kind", [Peer, Gateway])
@pytest.mark.parametrize("lie", LIES)
def test_a_liar_is_found_out_and_another_is_asked(
    web: Web, store: SQLiteBlockStore, lie: str, kind: type[Gateway]
):
    dag = batch(20)
    with holder(dict(dag.blocks), LIES[lie]) as liar, holder(dict(dag.blocks)) as honest:
        told = fetched(store, dag, kind(web, liar.url), Peer(web, honest.url))

    assert [each.url for each in told] == [liar.url, honest.url]
    assert isinstance(told[0].problem, MisbehavedError)
    assert liar.url in told[0].problem.message
    assert told[1].problem is None
    assert store.missing(dag.digests) == []
    assert store.count() == len(dag.blocks)  # and nothing that the liar sent besides
    assert store.missing([unasked()[0][0]])


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_single_blocks_is_found_out(web: Web, store: SQLiteBlockStore, lie: str):
    dag = batch(20)
    store.put_many(dag.blocks[:2])
    with holder(dict(dag.blocks), LIES[lie]) as liar, pytest.raises(NobodyHasItError):
        fetched(store, dag, Peer(web, liar.url), Gateway(web, liar.url))

    assert store.missing([unasked()[0][0]])
    assert {request.path for request in liar.asked} > {"/peers/v1/blocks"}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_is_left_out_comes_from_another_and_nothing_comes_twice(
    web: Web, store: SQLiteBlockStore, failure: str
):
    dag = batch(40)
    with holder(dict(dag.blocks), FAILURES[failure]) as weak, holder(dict(dag.blocks)) as strong:
        told = fetched(store, dag, Peer(web, weak.url), Peer(web, strong.url))

    assert not any(isinstance(each.problem, MisbehavedError) for each in told)
    assert sum(each.blocks for each in told) == len(dag.blocks)
    assert store.missing(dag.digests) == []


@given(cut=st.integers(1, 13))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=14)
def test_an_interruption_at_any_block_is_resumed_from_another(web: Web, tmp_path: Path, cut: int):
    dag = batch(9)
    assert len(dag.blocks) == 14
    path = tmp_path / "resumed.sqlite"
    path.unlink(missing_ok=True)
    store = SQLiteBlockStore(path)
    with (
        holder(dict(dag.blocks), lambda found: car(*found[:cut])) as ending,
        pytest.raises(NobodyHasItError),
    ):
        fetch(
            Assembly(store, dag.root, dag.shape),
            [_Once(Peer(web, ending.url))],
            lambda *_: None,
        )
    here = set(dag.digests) - set(store.missing(dag.digests))
    assert len(here) >= cut

    with holder(dict(dag.blocks)) as other:
        fetched(store, dag, Peer(web, other.url))

    assert here.isdisjoint(asked_for(other))
    assert all(request.path == "/peers/v1/blocks" for request in other.asked)
    assert store.missing(dag.digests) == []
    store.close()


class _Once:
    """A source that answers one request."""

    def __init__(self, source: Source) -> None:
        self.url = source.url
        self._source = source

    def dag(self, root: Digest, *, most_blocks: int) -> Iterator[Block]:
        return self._source.dag(root, most_blocks=most_blocks)

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        yield from ()
        raise PeerUnavailableError(f"it has gone, and {len(digests)} blocks with it")


def test_much_comes_from_several_at_once(
    web: Web, store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sources, "BLOCKS_AT_ONCE", 20)
    monkeypatch.setattr(fetching, "BLOCKS_AT_ONCE", 20)
    monkeypatch.setattr(fetching, "_SPLIT", 40)
    dag = batch(400, per_page=40)
    held = dict(dag.blocks)
    store.put_many(dag.blocks[:12])
    together = threading.Barrier(3, timeout=30)
    seen: set[str] = set()

    def meeting(name: str) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            if name not in seen:
                seen.add(name)
                together.wait()  # all three are asked before any has answered
            return 200, car(*((each, held[each]) for each in request.wanted))

        return answer

    with (
        http_server(meeting("a")) as a,
        http_server(meeting("b")) as b,
        http_server(meeting("c")) as c,
    ):
        told = fetched(store, dag, *(Peer(web, server.url) for server in (a, b, c)))

    asked = [each for server in (a, b, c) for each in asked_for(server)]
    assert sorted(asked) == sorted(set(asked))  # nothing twice
    assert len(told) == 3
    assert store.missing(dag.digests) == []


def test_of_several_one_lies_and_one_stops(
    web: Web, store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sources, "BLOCKS_AT_ONCE", 20)
    monkeypatch.setattr(fetching, "BLOCKS_AT_ONCE", 20)
    monkeypatch.setattr(fetching, "_SPLIT", 40)
    dag = batch(200, per_page=40)
    store.put_many(dag.blocks[:7])
    held = dict(dag.blocks)
    with (
        holder(held, LIES["a bit flipped"]) as liar,
        holder(held, FAILURES["half of it"]) as weak,
        holder(held) as honest,
    ):
        told = fetched(store, dag, *(Peer(web, server.url) for server in (liar, weak, honest)))

    problems = {each.url: type(each.problem) for each in told}
    assert problems[liar.url] is MisbehavedError
    assert problems[weak.url] is PeerUnavailableError
    assert problems[honest.url] is type(None)
    assert len(liar.asked) == 1
    assert store.missing(dag.digests) == []


def test_who_gives_a_block_at_a_time_is_not_asked_again_and_again(
    web: Web, store: SQLiteBlockStore
):
    dag = batch(100)
    with holder(dict(dag.blocks), lambda found: car(*found[:1])) as miser:
        with pytest.raises(NobodyHasItError):
            fetched(store, dag, Peer(web, miser.url))

        assert len(miser.asked) < 5


def test_who_says_nothing_is_given_up(
    web: Web, store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ledger.peers.connections.READ_SECONDS", 0.3)
    dag = batch(5)
    with (
        raw_server(lambda _, stopped: stopped.wait(60) and None) as silent,
        holder(dict(dag.blocks)) as honest,
    ):
        told = fetched(store, dag, Peer(web, silent.url), Peer(web, honest.url))

    assert isinstance(told[0].problem, PeerUnavailableError)
    assert store.missing(dag.digests) == []


def test_a_batch_of_nothing_but_large_blocks_makes_no_liars(web: Web, store: SQLiteBlockStore):
    """Its publisher could otherwise set the nodes that serve it against each other."""
    large = [block({"n": number, "pad": "x" * (MAX_BLOCK_BYTES - 50)}) for number in range(24)]
    page = over(large)
    submissions = over([page])
    manifest = over([submissions])
    dag = DAG((manifest, submissions, page, *large), 24)
    assert sum(len(data) for _, data in dag.blocks) < most_bytes(len(dag.blocks))

    with holder(dict(dag.blocks)) as server:
        told = fetched(store, dag, Peer(web, server.url))

    assert told[0].problem is None
    assert store.missing(dag.digests) == []


def test_a_dag_that_is_too_large_is_no_fault_of_who_sends_it(web: Web, store: SQLiteBlockStore):
    dag = batch(40)
    told: list[Told] = []
    with holder(dict(dag.blocks)) as server, pytest.raises(OversizedDAGError):
        fetch(
            Assembly(store, dag.root, Shape.of_batch(10)),
            [Peer(web, server.url)],
            lambda source, problem, blocks, _: told.append(Told(source.url, problem, blocks)),
        )

    assert [each.problem for each in told] == [None]


def test_a_full_disk_is_no_fault_of_who_sends(
    web: Web, store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ledger.peers.assembly._FLUSH_BLOCKS", 5)
    store._database._connection.execute("PRAGMA max_page_count = 12")
    dag = batch(40, size=2_000)
    told: list[Told] = []
    with holder(dict(dag.blocks)) as server, pytest.raises(UnusableFileError):
        fetch(
            Assembly(store, dag.root, dag.shape),
            [Peer(web, server.url)],
            lambda source, problem, blocks, _: told.append(Told(source.url, problem, blocks)),
        )

    assert all(each.problem is None for each in told)


def test_single_blocks_of_a_gateway_wait_in_a_window(web: Web):
    dag = batch(300)
    with holder(dict(dag.blocks)) as server:
        found = Gateway(web, server.url).blocks(dag.digests)
        next(found)
        assert len(server.asked) <= sources._WINDOW + 1
        assert len(list(found)) == len(dag.blocks) - 1


def test_the_first_block_that_a_gateway_lacks_ends_it(web: Web):
    dag = batch(300)
    held = dict(dag.blocks[:10])
    with holder(held) as server, pytest.raises(NotHeldError):
        list(Gateway(web, server.url).blocks(dag.digests))

    assert len(server.asked) <= 2 * sources._WINDOW


class _Whole(Body):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int | None = -1) -> bytes:
        size = len(self._content) if size is None or size < 0 else size
        part, self._content = self._content[:size], self._content[size:]
        return part


def mutations() -> st.SearchStrategy[bytes]:
    whole = car(*batch(3).blocks)

    def mutate(changes: Sequence[tuple[int, int]]) -> bytes:
        changed = bytearray(whole)
        for place, value in changes:
            changed[place % len(changed)] = value
        return bytes(changed)

    return st.lists(st.tuples(st.integers(0, 10**4), st.integers(0, 255)), max_size=4).map(mutate)


@given(content=st.binary(max_size=200) | mutations())
@settings(max_examples=300)
def test_whatever_is_no_car_is_a_fault_of_who_sent_it(content: bytes):
    try:
        list(read_blocks(_Whole(content), 10, "a peer"))
    except FAULTS_OF_A_PEER:
        return
