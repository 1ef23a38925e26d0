"""Nodes of one ledger get what is on it from each other, and from nobody else what is not."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.node import Node
from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.assembly import Assembly
from ledger.record import cid as cids
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.store.blocks import BlockNotFoundError
from ledger.verify.results import Result
from tests.peers import neighbours
from tests.peers.holders import LIES
from tests.peers.holders import holder
from tests.peers.neighbours import replicate
from tests.peers.neighbours import wait_until
from tests.peers.servers import Answer
from tests.peers.servers import Request
from tests.peers.servers import http_server

BATCHES = 3


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that published three batches of eight records."""
    with neighbours.founder(tmp_path_factory.mktemp("first"), batches=BATCHES) as node:
        for validator in node.validators():
            validator.step()
        node.follow()
        node.peering.replicator.step()
        yield node


@pytest.fixture(scope="module")
def url(first: Node) -> Iterator[str]:
    with neighbours.reachable(first) as found:
        yield found


def blocks_of(node: Node) -> dict[Digest, bytes]:
    digests = node.blocks.digests(Digest(b""), 10_000)
    return dict(zip(digests, node.blocks.get_many(digests), strict=True))


def statuses(node: Node) -> dict[str, int]:
    return node.queries.overview().by_status


def flip(node: Node, digest: Digest) -> None:
    """Damage a block in the node's file, as a disk does."""
    with sqlite3.connect(node.settings.blocks_path) as file:
        ((data,),) = file.execute("SELECT bytes FROM blocks WHERE digest = ?", (digest,))
        changed = data[:-1] + bytes([data[-1] ^ 1])
        file.execute("UPDATE blocks SET bytes = ? WHERE digest = ?", (changed, digest))
    file.close()


def manifests(node: Node) -> list[Digest]:
    return [dag.digest for dag in node.peering.dags.whole() if dag.kind == "batch"]


def a_record(node: Node, manifest: Digest) -> str:
    """The CID of a record of a batch."""
    query = (
        select(Record.digest)
        .join(Batch, Batch.id == Record.batch)
        .where(Batch.manifest_cid == cids.to_text(manifest))
    )
    with node.index.read() as connection:
        return cids.to_text(Digest(bytes(connection.execute(query).scalars().first() or b"")))


def test_an_empty_node_gets_everything_from_one_peer(first: Node, url: str, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        wait_until(lambda: second.follow() is not None and statuses(second) == statuses(first))
        second.peering.replicator.step()

        assert statuses(second)["accepted"] == 8 * BATCHES
        assert blocks_of(second) == blocks_of(first)
        assert second.peering.book.kept.all() == first.peering.book.kept.all()
        (peer,) = second.peering.book.peers.all()
        assert peer.blocks_in == second.blocks.count()
        assert second.peering_status().missing == 0


def test_a_third_gets_it_from_the_second_alone(first: Node, url: str, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        second.peering.replicator.step()
        with (
            neighbours.reachable(second) as other,
            neighbours.joined(first, tmp_path / "third", other) as third,
        ):
            replicate(third)
            wait_until(lambda: third.follow() is not None and statuses(third) == statuses(first))

            assert blocks_of(third) == blocks_of(first)
            delivered = {p.url: p.blocks_in for p in third.peering.book.peers.all() if p.blocks_in}
            assert delivered.keys() <= {other, url}
            assert delivered[other]


@pytest.mark.parametrize("lie", ["a bit flipped", "a block nobody asked for", "garbage"])
def test_a_liar_among_honest_peers_is_ignored_for_good(
    first: Node, url: str, tmp_path: Path, lie: str
):
    with (
        holder(blocks_of(first), LIES[lie]) as liar,
        neighbours.joined(first, tmp_path / "second", liar.url) as second,
    ):
        book = second.peering.book
        wait_until(lambda: _tries(second) and bool(book.peers.all()[0].distrusted))
        assert manifests(second) == []
        asked = len(liar.asked)

        book.peers.introduce([url])
        replicate(second)
        wait_until(lambda: second.follow() is not None and statuses(second) == statuses(first))

        assert len(liar.asked) == asked
        assert blocks_of(second) == blocks_of(first)
        shown = {peer.url: peer for peer in second.peering_status().peers}
        assert shown[liar.url].state == "distrusted"
        assert liar.url in shown[liar.url].problem
        assert shown[url].state == "here"


def _tries(node: Node) -> bool:
    node.peering.replicator.step()
    return True


def test_a_peer_that_is_not_there_is_shown_with_its_problem(first: Node, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", "http://127.0.0.1:1") as second:
        second.peering.visitor.step()
        second.peering.replicator.step()
        wait_until(lambda: bool(second.peering.book.wants.all()[0].problem))
        found = second.peering_status()

    assert found.peers[0].state == "away"
    assert "http://127.0.0.1:1 does not answer" in found.peers[0].problem
    assert sum(want.kind == BATCH for want in found.wants) == BATCHES
    assert all(want.age_seconds >= 0 for want in found.wants)
    assert "blocks are missing" in found.wants[0].problem


def test_a_peer_that_is_busy_is_left_alone_and_counts_as_there(first: Node, tmp_path: Path):
    with (
        http_server(lambda _: (503, b"")) as server,
        neighbours.joined(first, tmp_path / "second", server.url) as second,
    ):
        second.peering.replicator.step()
        wait_until(lambda: bool(second.peering.book.wants.all()[0].problem))
        (peer,) = second.peering_status().peers

        assert (peer.state, peer.problem) == ("here", "busy")
        assert second.peering.book.peers.believed() == []


def test_a_server_of_something_else_is_shown_with_its_problem(first: Node, tmp_path: Path):
    with (
        http_server(lambda _: (404, b"<html>")) as other,
        neighbours.joined(first, tmp_path / "second", other.url) as second,
    ):
        second.peering.visitor.step()

        assert "does not have it" in second.peering_status().peers[0].problem


def said(**changes: object) -> dict[str, object]:
    return {"peer_id": "16Uiu2HAm", "ledger": "another", "version": "1", **changes}


def test_nodes_of_other_ledgers_and_the_node_itself_are_no_peers(first: Node, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second") as second:
        ledger = second.peering.ledger
        genesis = ledger.split(":")[2]
        answers = {
            "another": said(),
            "another chain": said(ledger=ledger.replace(genesis, "0x" + "ab" * 32)),
            "itself": said(ledger=ledger, peer_id=second.peering.peer_id),
        }
        for answer in answers.values():
            body = json.dumps(answer).encode()
            with http_server(lambda _, body=body: (200, body)) as other:
                second.peering.book.peers.introduce([other.url])
                second.peering.visitor.step()
            problems = {peer.url: peer.distrusted for peer in second.peering.book.peers.all()}
            expected = "this node itself" if answer is answers["itself"] else "of another ledger"
            assert expected in problems[other.url]
        assert second.peering.book.peers.believed() == []


def test_a_peer_that_changes_its_name_is_read_anew(first: Node, url: str, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        second.peering.visitor.step()
        held = second.peering.book.holdings.held_by(url)
        assert held
        second.peering.book.peers.answered(url, "16Uiu2HAmAnother")
        second.peering.book.holdings.read(url, [Digest(bytes(32))], [], 99, most=100)
        second.peering.visitor._visited.clear()

        second.peering.visitor.step()

        assert second.peering.book.holdings.held_by(url) == held
        assert second.peering.book.peers.all()[0].peer_id == first.peering.peer_id


HOLDINGS = {
    "without an end": {"held": [], "dropped": [], "cursor": 1, "newest": 2**61},
    "a place beyond all": {"held": [], "dropped": [], "cursor": 2**70, "newest": 2**70},
    "a negative place": {"held": [], "dropped": [], "cursor": -1, "newest": 5},
    "no list": {"held": "x", "dropped": [], "cursor": 1, "newest": 1},
    "no CIDs": {"held": ["x"], "dropped": [], "cursor": 1, "newest": 1},
    "too many": {"held": ["b" * 59] * 20_000, "dropped": [], "cursor": 1, "newest": 1},
}


@pytest.mark.parametrize("case", HOLDINGS)
def test_a_list_of_holdings_that_is_none_holds_up_nothing(first: Node, tmp_path: Path, case: str):
    pieces = 0

    def answer(request: Request) -> Answer:
        nonlocal pieces
        if request.path.endswith("/node"):
            return 200, json.dumps(said(ledger=second.peering.ledger)).encode()
        if request.path.endswith("/peers"):
            return 200, b"[]"
        pieces += 1
        told = dict(HOLDINGS[case])
        if case == "without an end":
            told["cursor"] = int(request.query["after"][0]) + 1
            told["list"] = "one"
        return 200, json.dumps({"list": "x", **told}).encode()

    with (
        neighbours.joined(first, tmp_path / "second") as second,
        http_server(answer) as other,
    ):
        second.peering.book.peers.introduce([other.url])
        assert second.peering.visitor.step() == 1

    assert pieces <= 110


def test_a_list_that_grows_beyond_the_ledger_is_not_read_on(first: Node, tmp_path: Path):
    def answer(request: Request) -> Answer:
        if request.path.endswith("/node"):
            return 200, json.dumps(said(ledger=second.peering.ledger)).encode()
        after = int(request.query.get("after", ["0"])[0])
        made = [cids.cid_of(f"{after} {number}".encode()) for number in range(1_000)]
        told = {"list": "x", "held": made, "dropped": [], "cursor": after + 1, "newest": 10**9}
        return 200, json.dumps(told).encode()

    with (
        neighbours.joined(first, tmp_path / "second") as second,
        http_server(answer) as other,
    ):
        second.peering.book.peers.introduce([other.url])
        second.peering.visitor.step()

        assert len(second.peering.book.holdings.held_by(other.url)) <= 2_100


# What was here and is not any more


def test_a_flipped_bit_is_found_and_mended(first: Node, url: str, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        second.peering.replicator.step()
        damaged = manifests(second)[0]
        flip(second, damaged)

        second.peering.scrubber.run()

        assert second.blocks.get(damaged) == first.blocks.get(damaged)
        found = second.peering_status()
        assert (found.damaged, found.mended) == (1, 1)
        assert found.scrubbed == second.blocks.count()


def test_damage_stays_known_until_somebody_can_mend_it(first: Node, url: str, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        second.peering.replicator.step()
        damaged = manifests(second)[0]
        flip(second, damaged)
        second.peering.book.peers.distrust(url, "for the test")
        second.peering.scrubber.run()
        assert second.peering.book.checks.to_mend() == [damaged]
        chosen = second.settings

    with Node(chosen) as again:
        assert again.peering.book.checks.to_mend() == [damaged]
        again.peering.book.peers.trust(url)
        assert again.peering.scrubber.mend() == 1
        assert again.blocks.get(damaged) == first.blocks.get(damaged)


def test_what_is_gone_from_the_store_comes_again(first: Node, url: str, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        wait_until(lambda: second.follow() is not None and statuses(second) == statuses(first))
        second.peering.replicator.step()
        second.blocks.discard(list(blocks_of(second))[::2])

        second.peering.scrubber.run()
        assert second.peering.book.kept.all() != first.peering.book.kept.all()
        kept = first.peering.book.kept.all()
        wait_until(lambda: _tries(second) and second.peering.book.kept.all() == kept)

        assert blocks_of(second) == blocks_of(first)


def test_what_arrives_while_the_store_is_looked_at_is_noted(
    first: Node, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        wait_until(lambda: second.follow() is not None and statuses(second) == statuses(first))
        second.peering.replicator.step()
        held = blocks_of(second)
        second.blocks.discard(list(held))
        second.peering.scrubber.run()
        replicator = second.peering.replicator
        monkeypatch.setattr(replicator._fetcher, "begin", lambda dag: None)

        class ArrivesAfter(Assembly):
            @property
            def is_complete(self) -> bool:
                found = super().is_complete
                second.blocks.put_many(held.items())
                replicator._note_arrival(second.peering.dags.whole())
                return found

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr("ledger.peers.replicator.Assembly", ArrivesAfter)
            replicator.step()
        replicator.step()

        assert second.peering.book.kept.all() == first.peering.book.kept.all()


def test_damage_that_the_index_meets_first_is_mended_too(first: Node, url: str, tmp_path: Path):
    """A bit flips after the blocks came and before the index reads them."""
    with neighbours.joined(first, tmp_path / "second", url) as second:
        second.blocks.put_many(blocks_of(first).items())
        leaf = from_text(a_record(first, manifests(first)[0]))
        flip(second, leaf)
        second.follow()
        assert [dag.kind for dag in second.peering.dags.missing()].count(BATCH) == 1

        replicate(second)

        assert second.blocks.get(leaf) == first.blocks.get(leaf)


# What others do not keep


def test_a_peer_that_drops_what_it_says_it_holds_is_found_out(
    first: Node, url: str, tmp_path: Path
):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        second.peering.replicator.step()
        with neighbours.reachable(second) as other:
            book = first.peering.book
            book.peers.introduce([other])
            first.peering.visitor._visited.clear()
            first.peering.visitor.step()
            held = book.holdings.held_by(other)
            assert held
            peer = next(each for each in book.peers.all() if each.url == other)
            assert first.peering.challenger.challenge(peer).outcome == "passed"
            for digest in blocks_of(second):
                second.blocks.discard([digest])

            challenged = [first.peering.challenger.challenge(peer) for _ in held]

            assert {each.outcome for each in challenged} == {"missing"}
            assert book.holdings.held_by(other) == set()
            assert first.peering.challenger.challenge(peer) is None
            found = next(each for each in first.peering_status().peers if each.url == other)
            assert found.challenges == {"passed": 1, "missing": len(held)}


def test_a_peer_that_alters_what_it_holds_is_distrusted(first: Node, url: str, tmp_path: Path):
    with neighbours.joined(first, tmp_path / "second", url) as second:
        replicate(second)
        second.peering.replicator.step()
        held = sorted(first.peering.book.kept.all())
        with holder(blocks_of(first), lambda found: bytes(len(found[0][1]))) as liar:
            book = second.peering.book
            book.peers.introduce([liar.url])
            book.peers.answered(liar.url, "16Uiu2HAm")
            book.holdings.read(liar.url, held, [], 1, most=100)
            peer = next(each for each in book.peers.all() if each.url == liar.url)

            assert second.peering.challenger.challenge(peer).outcome == "wrong"

            assert book.holdings.copies(held) == dict.fromkeys(held, 1)  # the honest one
            chosen = second.settings
    with Node(chosen) as again:
        assert not again.peering.book.peers.may_ask(liar.url)
        assert again.peering_status().failures[0].outcome == "wrong"


# Policy, and what was dropped


def test_what_the_policy_does_not_keep_goes_and_is_read_from_others(
    first: Node, url: str, tmp_path: Path
):
    with neighbours.joined(first, tmp_path / "second", url, keep="job=grep") as second:
        replicate(second)
        wait_until(lambda: second.follow() is not None and statuses(second) == statuses(first))
        second.peering.replicator.step()
        gone = next(each for each in manifests(second))
        record = a_record(second, gone)

        assert second.peering.keeper.step() > 0

        assert second.peering.book.kept.dropped()
        with pytest.raises(BlockNotFoundError):
            second.blocks.get(from_text(record))
        before = second.blocks.count()
        assert statuses(second) == statuses(first)  # what it says stays known
        assert second.queries.record(record).record is not None
        proof = second.proof(record)
        assert second.verify(proof.to_json().encode()).result == Result.VALID
        assert second.blocks.count() == before  # read, not kept

        second.rebuild()
        replicate(second)
        wait_until(lambda: second.follow() is not None and statuses(second) == statuses(first))
        second.peering.replicator.step()
        assert gone in second.peering.book.kept.all()
        assert second.peering.keeper.step() > 0
        assert gone in second.peering.book.kept.dropped()


def test_a_wrong_number_of_records_stops_nobody_from_fetching_a_batch(
    first: Node, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever sees a batch can anchor its manifest again as his own, of one record."""
    with neighbours.joined(first, tmp_path / "second", url) as second:
        dags = second.peering.dags
        real = dags.missing

        def with_copies() -> list[AnchoredDAG]:
            return [
                each
                for dag in real()
                for each in (replace(dag, records=0, batch=dag.batch + 1_000), dag)
            ]

        monkeypatch.setattr(dags, "missing", with_copies)
        for dag in real():
            second.peering.book.wants.add([(dag.digest, dag.kind)])
            second.peering.book.wants.failed(dag.digest, "too many", refused=1)
        wait_until(lambda: _tries(second) and second.follow() is not None and not real())

        assert len(manifests(second)) == BATCHES
