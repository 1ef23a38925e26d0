"""What a node notes of others, of what it misses, and of what it keeps."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.peers.book import Book
from ledger.peers.book.holdings import MOST_HEARD
from ledger.peers.book.holdings import TooManyHoldingsError
from ledger.peers.book.pauses import SLOWEST_RETRY_SECONDS
from ledger.peers.book.pauses import is_over
from ledger.peers.book.pauses import pause_after
from ledger.peers.book.peers import ALONE_SECONDS
from ledger.peers.book.peers import GATEWAY
from ledger.peers.book.peers import PEER
from ledger.peers.book.peers import RECENT_SECONDS
from ledger.record.cid import Digest
from ledger.record.cid import digest_of

A, B, C = "http://a.example", "http://b.example", "http://c.example"


class Clock:
    """Unix time, as a test says."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "peers.sqlite"


@pytest.fixture
def book(path: Path, clock: Clock) -> Iterator[Book]:
    opened = Book(path, clock)
    yield opened
    opened.close()


def d(number: int) -> Digest:
    return digest_of(str(number).encode())


def urls(book: Book) -> list[str]:
    return [peer.url for peer in book.peers.believed()]


# Peers


def test_the_operators_peers_come_first_and_stay(book: Book):
    book.peers.introduce([A, B])
    book.peers.name(PEER, [C])
    assert [(peer.url, peer.named) for peer in book.peers.all()] == [
        (C, True),
        (A, False),
        (B, False),
    ]

    book.peers.name(PEER, [A])

    assert [(peer.url, peer.named) for peer in book.peers.all()] == [
        (A, True),
        (B, False),
        (C, False),
    ]


def test_gateways_are_no_nodes(book: Book):
    book.peers.name(GATEWAY, [A])
    book.peers.introduce([A, B])

    assert urls(book) == [B]


def pauses_after_failures(book: Book, clock: Clock, others: Sequence[str]) -> list[float]:
    """How long a peer is left alone each time, while others answer."""
    pauses = []
    for _ in range(12):
        for url in others:
            book.peers.answered(url)
        book.peers.failed(A, "it does not answer")
        (peer,) = [each for each in book.peers.all() if each.url == A]
        pauses.append(peer.next_try - clock.now)
        assert not book.peers.may_ask(A)
        clock.now = peer.next_try
        assert A in urls(book)
    return pauses


def test_who_fails_is_left_alone_twice_as_long_each_time(book: Book, clock: Clock):
    book.peers.introduce([A, B])

    pauses = pauses_after_failures(book, clock, others=[B])

    assert pauses[:4] == [0.5, 1, 2, 4]
    assert pauses[-1] == SLOWEST_RETRY_SECONDS


def test_the_only_peers_there_are_are_not_left_alone_for_long(book: Book, clock: Clock):
    book.peers.introduce([A, B])
    book.peers.answered(B)
    book.peers.failed(B, "it was here a moment ago")

    pauses = pauses_after_failures(book, clock, others=[])

    assert pauses[:4] == [0.5, 1, 2, 4]
    assert pauses[-1] == ALONE_SECONDS


def test_who_answers_again_is_as_before(book: Book, clock: Clock):
    book.peers.introduce([A])
    pauses_after_failures(book, clock, others=[])

    book.peers.answered(A, "16Uiu2HA")
    (peer,) = book.peers.all()
    assert (peer.failures, peer.problem, peer.peer_id, peer.last_seen) == (
        0,
        "",
        "16Uiu2HA",
        clock.now,
    )


@given(failures=st.integers(0, 10**6), now=st.floats(0, 1e10))
def test_no_pause_is_longer_than_the_longest(failures: int, now: float):
    assert 0 < pause_after(failures) <= SLOWEST_RETRY_SECONDS
    assert not is_over(now + pause_after(0), now)
    assert is_over(now, now)


def test_a_clock_that_was_wrong_silences_nobody(book: Book, clock: Clock):
    book.peers.introduce([A])
    book.wants.add([(d(1), "batch")])
    clock.now += 1e9
    book.peers.failed(A, "x")
    book.wants.failed(d(1), "x")
    clock.now -= 1e9

    assert urls(book) == [A]
    assert book.wants.all()[0].is_due(clock.now, 1)


def test_a_liar_is_never_asked_again(book: Book, path: Path, clock: Clock):
    book.peers.introduce([A])
    book.peers.answered(A, "id")
    book.holdings.read(A, [d(1)], [], 1, most=10)

    book.peers.distrust(A, "it sent other bytes")
    book.peers.answered(A)
    book.peers.introduce([A])
    book.peers.name(PEER, [A])
    again = Book(path, clock)

    for each in (book, again):
        assert urls(each) == []
        assert not each.peers.may_ask(A)
        assert each.holdings.holders(d(1)) == []
        assert each.holdings.copies([d(1)]) == {d(1): 0}
    again.close()
    assert book.peers.trust(A)
    assert not book.peers.trust(A)
    assert urls(book) == [A]


def test_a_source_that_nobody_told_of_can_be_a_liar_too(book: Book):
    assert book.peers.may_ask(A)
    book.peers.distrust(A, "it sent other bytes")
    assert not book.peers.may_ask(A)


def test_strangers_have_limited_room_and_whoever_answered_keeps_it(book: Book, clock: Clock):
    book.peers.name(PEER, [C])
    book.peers.introduce([A])
    book.peers.answered(A)
    book.peers.introduce([B])
    book.peers.failed(B, "x")
    clock.now += 1_000

    for start in range(0, 3_000, 500):
        book.peers.introduce([f"http://s{number}.example" for number in range(start, start + 500)])

    assert len(book.peers.all()) == 512 + 1
    known = {peer.url for peer in book.peers.all()}
    assert {A, C} <= known
    assert B not in known


def test_who_comes_after_a_flood_has_a_chance_too(book: Book):
    book.peers.introduce([f"http://s{number}.example" for number in range(512)])
    late = {f"http://late{number}.example" for number in range(50)}

    for url in late:
        book.peers.introduce([url])

    assert late & {peer.url for peer in book.peers.all()}


# Holdings


def test_what_a_peer_says_itself_is_a_copy_for_as_long_as_it_answers(book: Book, clock: Clock):
    book.peers.introduce([A, B])
    for url in (A, B):
        book.peers.answered(url, f"id of {url}")
    book.holdings.read(A, [d(1), d(2)], [], 2, most=10)
    book.holdings.read(B, [d(1)], [d(2)], 2, most=10)

    assert book.holdings.copies([d(1), d(2), d(3)]) == {d(1): 2, d(2): 1, d(3): 0}
    assert (book.holdings.held_by(A), book.holdings.counts()) == ({d(1), d(2)}, {A: 2, B: 1})
    assert book.peers.all()[0].cursor == 2
    clock.now += RECENT_SECONDS + 1
    book.peers.answered(B)
    assert book.holdings.copies([d(1), d(2)]) == {d(1): 1, d(2): 0}
    clock.now -= 1e6  # nor does a clock that was ahead keep them here
    assert book.holdings.copies([d(1), d(2)]) == {d(1): 0, d(2): 0}


def test_what_is_only_heard_says_where_to_ask_and_is_no_copy(book: Book):
    """Anybody may say it of anybody; nobody may give up a batch for it."""
    book.peers.introduce([A])
    book.peers.answered(A, "id")

    assert book.holdings.heard(A, [d(1), d(2)]) == [d(1), d(2)]
    assert book.holdings.heard(A, [d(2), d(3)]) == [d(3)]

    assert book.holdings.holders(d(1)) == [A]
    assert book.holdings.copies([d(1)]) == {d(1): 0}
    assert book.holdings.on(d(1)) == []
    book.holdings.read(A, [d(1)], [], 1, most=10)
    assert book.holdings.copies([d(1)]) == {d(1): 1}
    assert book.holdings.heard(A, [d(1)]) == []
    assert book.holdings.copies([d(1)]) == {d(1): 1}


def test_a_node_that_is_reached_in_two_ways_is_one_copy(book: Book):
    book.peers.introduce([A, B, C])
    book.peers.answered(A, "one")
    book.peers.answered(B, "one")
    book.peers.answered(C, "another")
    for url in (A, B, C):
        book.holdings.read(url, [d(1)], [], 1, most=10)

    assert book.holdings.copies([d(1)]) == {d(1): 2}
    assert len(book.holdings.on(d(1))) == 2


def test_what_is_said_of_strangers_is_not_noted(book: Book):
    assert book.holdings.heard(A, [d(1)]) == []
    book.holdings.read(A, [d(1)], [], 1, most=10)

    assert book.holdings.holders(d(1)) == []


def test_what_is_said_of_one_peer_has_limited_room(book: Book):
    book.peers.introduce([A])
    said = 0
    for start in range(0, 5 * MOST_HEARD, 500):
        said += len(book.holdings.heard(A, [d(number) for number in range(start, start + 500)]))

    assert said == MOST_HEARD


def test_a_list_that_is_longer_than_it_can_be_is_not_noted(book: Book):
    book.peers.introduce([A])
    book.holdings.read(A, [d(1), d(2)], [], 2, most=3)

    with pytest.raises(TooManyHoldingsError):
        book.holdings.read(A, [d(3), d(4)], [], 4, most=3)

    assert book.holdings.held_by(A) == {d(1), d(2)}
    assert book.peers.all()[0].cursor == 2


def test_another_list_is_read_from_its_beginning(book: Book):
    book.peers.introduce([A])
    book.holdings.read(A, [d(1)], [], 7, most=10)

    book.holdings.begin(A, "another")

    (peer,) = book.peers.all()
    assert (peer.cursor, peer.list, book.holdings.held_by(A)) == (0, "another", set())


# Wants


def test_a_want_is_tried_again_after_pauses_that_double(book: Book, clock: Clock):
    book.wants.add([(d(1), "batch"), (d(1), "batch")])
    assert [want.attempts for want in book.wants.all()] == [0]
    since = clock.now
    for attempt in range(4):
        book.wants.failed(d(1), "nobody has it")
        (want,) = book.wants.all()
        assert (want.attempts, want.next_try - clock.now) == (attempt + 1, 0.5 * 2**attempt)
        assert not want.is_due(clock.now, 1)
        clock.now = want.next_try
        assert want.is_due(clock.now, 1)

    assert want.since == since
    book.wants.got([d(1)])
    assert book.wants.all() == []
    book.wants.failed(d(1), "too late")
    assert book.wants.all() == []


def test_news_shortens_a_pause_but_not_below_a_second(book: Book, clock: Clock):
    """Whoever says that he has something would otherwise choose how often others are asked."""
    book.wants.add([(d(1), "batch"), (d(2), "batch")])
    for _ in range(8):
        book.wants.failed(d(1), "nobody has it")
    tried = clock.now

    assert book.wants.hurry([d(1), d(2), d(3)]) == 1

    want = next(want for want in book.wants.all() if want.digest == d(1))
    assert tried < want.next_try <= tried + 1
    assert not want.is_due(clock.now, 1)


def test_what_has_come_is_not_fetched_again_while_the_index_reads_it(book: Book, clock: Clock):
    book.wants.add([(d(1), "batch")])
    book.wants.failed(d(1), "x")
    book.wants.arrived([d(1)])

    assert book.wants.hurry([d(1)]) == 0
    assert not book.wants.all()[0].is_due(clock.now, 1)


def test_what_was_refused_is_never_tried_again_under_the_same_anchor(
    book: Book, path: Path, clock: Clock
):
    book.wants.add([(d(1), "batch")])
    book.wants.failed(d(1), "it links to more", refused=31)
    clock.now += 1e8
    book.wants.hurry([d(1)])
    again = Book(path, clock)

    (want,) = again.wants.all()
    assert not want.is_due(clock.now, 31)
    assert want.is_due(clock.now, 32)  # another anchor allows it more
    again.close()


# What is kept


def test_the_list_of_what_is_kept_is_read_on(book: Book):
    assert book.kept.add([d(1), d(2)]) == [d(1), d(2)]
    assert book.kept.add([d(2), d(3)]) == [d(3)]
    first, newest = book.kept.changes(0, 2)
    assert [(digest, held) for _, digest, held in first] == [(d(1), True), (d(2), True)]

    book.kept.drop([d(1)], "no room")
    rest, newest = book.kept.changes(first[-1][0], 100)

    assert [(digest, held) for _, digest, held in rest] == [(d(3), True), (d(1), False)]
    assert newest == rest[-1][0]
    assert book.kept.changes(newest, 100) == ([], newest)
    assert len(book.kept.changes(newest + 1, 100)[0]) == 3  # a place in no list: all of it
    assert (book.kept.all(), book.kept.dropped()) == ({d(2), d(3)}, {d(1): "no room"})


def test_what_was_lost_or_is_wanted_again_was_not_dropped(book: Book):
    book.kept.add([d(1), d(2), d(3)])
    before = book.kept.state()
    book.kept.drop([d(1), d(2)], "no room")
    book.kept.again([d(1)])
    book.kept.lost([d(3)])

    assert book.kept.all() == set()
    assert book.kept.dropped() == {d(2): "no room"}
    assert book.kept.state() != before
    assert [held for *_, held in book.kept.changes(0, 10)[0]] == [False, False, False]
    assert book.kept.add([d(1)]) == [d(1)]
    book.kept.again([d(1)])
    assert book.kept.has(d(1))


def test_a_file_that_was_lost_has_another_list(book: Book, tmp_path: Path, path: Path):
    other, same = Book(tmp_path / "other.sqlite"), Book(path)

    assert book.kept.name == same.kept.name != other.kept.name
    other.close()
    same.close()


class Copy:
    """What a peer knows of a list that it reads now and then."""

    def __init__(self) -> None:
        self.cursor = 0
        self.held: set[Digest] = set()

    def read(self, book: Book, limit: int) -> None:
        while True:
            rows, newest = book.kept.changes(self.cursor, limit)
            for _, digest, held in rows:
                (self.held.add if held else self.held.discard)(digest)
            if not rows:
                return
            self.cursor = rows[-1][0]
            if self.cursor >= newest:
                return


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "drop", "lost", "again", "read"]), st.integers(0, 5)),
        max_size=30,
    ),
    limit=st.integers(1, 4),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_who_reads_on_knows_what_is_held(tmp_path: Path, steps: list[tuple[str, int]], limit: int):
    path = tmp_path / "law.sqlite"
    for each in tmp_path.glob("law.sqlite*"):
        each.unlink()
    book, copy = Book(path), Copy()
    for step, number in steps:
        if step == "read":
            copy.read(book, limit)
        elif step == "drop":
            book.kept.drop([d(number)], "no room")
        else:
            getattr(book.kept, step)([d(number)])

    copy.read(book, limit)

    assert copy.held == book.kept.all()
    book.close()


# From many sides at once


def test_threads_share_a_book(book: Book):
    book.peers.introduce([A])
    book.wants.add([(d(0), "batch")])

    def work(place: int) -> None:
        for number in range(25):
            book.peers.introduce([f"http://p{place}-{number}.example"])
            book.peers.failed(A, "x")
            book.wants.failed(d(0), "x")
            book.kept.add([d(1000 * place + number)])
            book.peers.delivered(A, 1, 10)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    known = {peer.url: peer for peer in book.peers.all()}
    assert len(known) == 101
    assert (known[A].failures, known[A].blocks_in, known[A].bytes_in) == (100, 100, 1_000)
    assert book.wants.all()[0].attempts == 100
    assert len(book.kept.all()) == 100


WRITER = """
import sys
from pathlib import Path
from ledger.peers.book import Book
from tests.peers.book.test_book import A, d

book = Book(Path(sys.argv[1]))
for number in range(50):
    book.peers.introduce([A])
    book.peers.failed(A, "x")
    book.kept.add([d(number + int(sys.argv[2]))])
book.close()
"""


def test_processes_share_a_book(path: Path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(first)]) for first in (0, 25)
    ]

    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    book = Book(path)
    assert book.peers.all()[0].failures == 100
    assert len(book.kept.all()) == 75
    assert [seq for seq, *_ in book.kept.changes(0, 100)[0]] == sorted(
        seq for seq, *_ in book.kept.changes(0, 100)[0]
    )
    book.close()
