"""What goes between nodes is counted: how often, how much, and with whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.node import Node
from ledger.peers.book import Book
from ledger.peers.book.traffic import EVERYBODY
from ledger.peers.book.traffic import Flow
from ledger.peers.traffic import FLUSH_SECONDS
from ledger.peers.traffic import HEADER
from ledger.peers.traffic import Traffic
from ledger.store.files import UnusableFileError
from tests.peers import neighbours
from webapp import create_app
from webapp.peer import create_peer_app

ALICE = "http://alice.example:4802"
BOB = "http://bob.example:4802"
ALICE_ID = "16Uiu2HAmAlice"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path / "peers.sqlite")
    book.peers.introduce([ALICE, BOB])
    book.peers.answered(ALICE, ALICE_ID)
    yield book
    book.close()


def test_what_is_counted_is_told_at_once_and_kept_when_it_is_flushed(book: Book, tmp_path: Path):
    traffic = Traffic(book)
    traffic.received(ALICE, 100)
    traffic.received(ALICE, 20)
    traffic.served(f"{ALICE_ID} {ALICE}", 7)

    assert traffic.flows()[ALICE] == Flow(1, 7, 2, 120)
    assert Traffic(book).flows() == {}

    traffic.flush()
    traffic.received(ALICE, 1)
    traffic.flush()

    assert Traffic(book).flows() == {ALICE: Flow(1, 7, 3, 121), EVERYBODY: Flow(1, 7, 3, 121)}


def test_nothing_is_written_where_nothing_was_counted(book: Book, tmp_path: Path):
    log = tmp_path / "peers.sqlite-wal"
    before = log.read_bytes()

    Traffic(book).flush()

    assert log.read_bytes() == before


@pytest.mark.parametrize(
    ("claim", "peer"),
    [
        (f"{ALICE_ID} {ALICE}", ALICE),
        (ALICE_ID, ALICE),
        (f"16Uiu2HAmUnknown {BOB}", BOB),
        (f"{ALICE_ID} {BOB}", ALICE),
        (None, None),
        ("", None),
        (" ", None),
        ("16Uiu2HAmUnknown", None),
        ("x" * 10_000, None),
        (f"{ALICE_ID} {'x' * 10_000}", None),
    ],
)
def test_who_asks_is_known_by_peer_id_and_then_by_url_and_else_counts_for_everybody(
    book: Book, claim: str | None, peer: str | None
):
    traffic = Traffic(book)

    traffic.served(claim, 5)

    assert set(traffic.flows()) == {EVERYBODY, *([peer] if peer else [])}
    assert traffic.flows()[EVERYBODY] == Flow(requests_served=1, bytes_served=5)


def test_strangers_take_no_room_on_disk(book: Book):
    traffic = Traffic(book)
    for number in range(100):
        traffic.received(f"http://stranger-{number}.example", 1)
    traffic.flush()

    assert book.traffic.all() == {EVERYBODY: Flow(requests_sent=100, bytes_received=100)}


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Node]:
    with neighbours.founder(tmp_path / "first") as node:
        yield node


def test_both_ends_of_a_replication_count_the_same_bytes(first: Node, tmp_path: Path):
    with (
        neighbours.reachable(first) as url,
        neighbours.joined(first, tmp_path / "second", url) as second,
        neighbours.reachable(second) as back,
    ):
        first.peering.book.peers.introduce([back])
        neighbours.replicate(second)

        def sides() -> tuple[tuple[int, int], tuple[int, int]]:
            served = first.peering.traffic.flows().get(back, Flow())
            received = second.peering.traffic.flows().get(url, Flow())
            return (
                (served.requests_served, served.bytes_served),
                (received.requests_sent, received.bytes_received),
            )

        neighbours.wait_until(lambda: len(set(sides())) == 1)  # nothing is under way
        (_, size), _ = sides()

    assert size > 8 * 2 * 300  # the records alone


def test_pages_are_not_counted_and_what_is_cut_off_counts_as_far_as_it_went(first: Node):
    app = create_app(first)
    before = first.peering.traffic.flows().get(EVERYBODY, Flow())
    app.test_client().get("/")
    app.test_client().get("/api/v1/overview")

    assert first.peering.traffic.flows().get(EVERYBODY, Flow()) == before

    cid = first.queries.batches(1)[0].manifest_cid
    with app.test_client().get(f"/ipfs/{cid}?format=car", buffered=False) as answer:
        piece = next(answer.iter_encoded())

    counted = first.peering.traffic.flows()[EVERYBODY]
    assert counted.requests_served == before.requests_served + 1
    assert counted.bytes_served == before.bytes_served + len(piece)


def test_counts_go_to_disk_every_few_seconds_and_not_at_each_request(book: Book):
    moment = [0.0]
    traffic = Traffic(book, lambda: moment[0])
    traffic.received(ALICE, 3)
    moment[0] = FLUSH_SECONDS - 0.1
    traffic.received(ALICE, 3)
    assert book.traffic.all() == {}

    moment[0] = FLUSH_SECONDS
    traffic.received(ALICE, 3)

    assert book.traffic.all()[ALICE].bytes_received == 9
    traffic.received(ALICE, 3)
    assert book.traffic.all()[ALICE].bytes_received == 9
    assert traffic.flows()[ALICE].bytes_received == 12


def test_a_disk_that_takes_nothing_keeps_nobody_from_being_served(book: Book):
    moment = [0.0]
    traffic = Traffic(book, lambda: moment[0])
    book._database._connection.execute("PRAGMA query_only = ON")
    moment[0] = FLUSH_SECONDS
    traffic.served(ALICE_ID, 3)
    with pytest.raises(UnusableFileError):
        traffic.flush()

    book._database._connection.execute("PRAGMA query_only = OFF")
    traffic.flush()

    assert book.traffic.all()[ALICE].bytes_served == 3


def test_what_was_counted_is_on_disk_when_a_node_ends(tmp_path: Path):
    with neighbours.founder(tmp_path / "home", batches=1) as node:
        node.peering.traffic.received(ALICE, 3)

    book = Book(tmp_path / "home" / "peers.sqlite")
    assert book.traffic.all()[EVERYBODY].bytes_received == 3
    book.close()


def test_an_answer_to_a_node_names_it(first: Node):
    first.peering.book.peers.introduce([BOB])
    client = create_peer_app(first).test_client()

    asked = {HEADER: f"16Uiu2HAmBob {BOB}"}
    size = len(client.get("/peers/v1/node", headers=asked, buffered=True).data)

    assert first.peering.traffic.flows()[BOB] == Flow(requests_served=1, bytes_served=size)


def test_gateways_and_routers_are_not_told_who_asks(first: Node, tmp_path: Path):
    with (
        neighbours.reachable(first) as url,
        neighbours.joined(first, tmp_path / "second", gateways=url) as second,
    ):
        neighbours.replicate(second)
        identity = second.peering.peer_id
        first.peering.book.peers.introduce([BOB])
        first.peering.book.peers.answered(BOB, identity)

        assert second.peering.traffic.flows()[url].bytes_received > 0
        assert BOB not in first.peering.traffic.flows()
