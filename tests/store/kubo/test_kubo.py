"""The store on a real daemon: what only Kubo does."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from ledger.anchor import batch as batches
from ledger.anchor.batch import Batch
from ledger.anchor.manifest import read_batch
from ledger.errors import SettingsError
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.ipld.traversal import walk
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store import kubo as module
from ledger.store import kubo_rpc
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import CorruptBlockError
from ledger.store.blocks import PinningStore
from ledger.store.kubo import KuboStore
from ledger.store.kubo_rpc import KuboDeniedError
from ledger.store.kubo_rpc import KuboRefusedError
from ledger.store.kubo_rpc import KuboUnavailableError
from tests.anchor.batches import DOMAIN
from tests.anchor.batches import unsigned
from tests.store.kubo.daemons import Daemon
from tests.store.kubo.daemons import kubo


def records(name: str, count: int) -> list[Block]:
    contents = [dagcbor.encode({name: number, "padding": "x" * 400}) for number in range(count)]
    return [(digest_of(content), content) for content in contents]


def batch_of(*submissions: list[Block]) -> tuple[Digest, list[Block]]:
    """The manifest of a batch, and its blocks above the records."""
    parts = [
        unsigned([digest for digest, _ in each], place) for place, each in enumerate(submissions, 1)
    ]
    above = list(batches.blocks(Batch(DOMAIN, tuple(parts))))
    return above[-1][0], above


def names(blocks: list[Block]) -> list[Digest]:
    return [digest for digest, _ in blocks]


@pytest.fixture
def own_daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon of the test's own, to be stopped and garbage collected."""
    with kubo(tmp_path / "kubo") as running:
        yield running


@pytest.fixture
def own(own_daemon: Daemon) -> Iterator[KuboStore]:
    with closing(KuboStore(own_daemon.url)) as opened:
        yield opened


def test_both_sides_name_a_block_alike(daemon: Daemon, store: KuboStore):
    ((digest, content),) = records("alike", 1)
    options = ["--cid-codec", "dag-cbor", "--mhtype", "sha2-256"]

    said = daemon.ipfs("block", "put", *options, "-", stdin=content).out.decode().strip()

    assert said == to_text(digest)
    assert store.get(digest) == content
    assert daemon.ipfs("dag", "get", said, "--output-codec", "dag-cbor").out == content


def test_what_is_put_here_is_there_for_the_ipfs_command(daemon: Daemon, store: KuboStore):
    ((digest, content),) = records("there", 1)

    store.put_many([(digest, content)])

    assert daemon.ipfs("block", "get", to_text(digest)).out == content


def test_ten_thousand_records_are_one_import(own: KuboStore, monkeypatch: pytest.MonkeyPatch):
    put = records("many", 10_000)
    manifest, above = batch_of(put)
    sent: list[str] = []
    send = own.rpc.send
    monkeypatch.setattr(
        own.rpc, "send", lambda command, *a, **o: (sent.append(command), send(command, *a, **o))[1]
    )

    assert own.put_many(iter([*put, *above])) == 10_000 + len(above)

    assert sent == ["dag/import"]
    assert own.missing(names(put)) == []
    assert list(own.get_many(names(put))) == [data for _, data in put]
    assert read_batch(own, manifest).count == 10_000


def test_more_than_one_import_holds_are_several(own: KuboStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "WINDOW_BLOCKS", 64)
    monkeypatch.setattr(module, "WINDOW_BYTES", 10_000)
    put = records("windows", 300)

    assert own.put_many(iter(put)) == 300
    assert list(own.get_many(names(put))) == [data for _, data in put]
    own.collect()
    assert own.missing(names(put)) == []


def test_the_quick_and_the_slow_look_at_what_is_missing_agree(
    own: KuboStore, monkeypatch: pytest.MonkeyPatch
):
    put, absent = records("look", 120), records("absent", 120)
    own.put_many(put)

    at_once = own.missing(names(absent + put))
    monkeypatch.setattr(own, "_listed", 10**9)
    assert at_once == own.missing(names(absent + put)) == names(absent)


def test_blocks_that_wait_for_their_batch_are_not_collected(own: KuboStore):
    waiting = records("waiting", 40)
    own.put_many(waiting[:15])
    own.put_many(waiting[15:])

    own.collect()

    assert own.missing(names(waiting)) == []


def test_a_pinned_batch_stays_and_an_unpinned_one_is_collected(own: KuboStore):
    first, second = records("first", 30), records("second", 30)
    (kept, kept_above), (left, left_above) = batch_of(first), batch_of(second)
    own.put_many([*first, *second])
    own.put_many([*kept_above, *left_above])
    own.pin(kept)
    own.pin(left)
    assert sorted(own.pinned()) == sorted([kept, left])

    own.unpin(left)
    collected = own.collect()

    assert own.pinned() == [kept]
    assert own.missing(names(first + kept_above)) == []
    assert own.missing(names(second + left_above)) == names(second + left_above)
    assert collected >= len(second) + len(left_above)
    assert read_batch(own, kept).count == 30


def test_the_pin_is_recursive_and_carries_our_name(own_daemon: Daemon, own: KuboStore):
    put = records("named", 3)
    manifest, above = batch_of(put)
    own.put_many([*put, *above])

    own.pin(manifest)

    said = own_daemon.ipfs("pin", "ls", "--names", "--type", "recursive").out.decode()
    assert f"{to_text(manifest)} recursive perfledger batch" in said
    indirect = own_daemon.ipfs("pin", "ls", "--type", "indirect").out.decode()
    assert all(to_text(digest) in indirect for digest in names(put))


def test_records_of_a_put_stay_until_each_of_their_batches_is_pinned(own: KuboStore):
    put = records("split", 20)
    (early, early_above), (late, late_above) = batch_of(put[:10]), batch_of(put[10:])
    own.put_many(put)
    own.put_many(early_above)
    own.pin(early)
    own.collect()
    assert own.missing(names(put)) == []

    own.put_many(late_above)
    own.pin(late)
    own.unpin(early)
    own.collect()

    assert own.missing(names(put)) == names(put[:10])


def test_released_blocks_are_collected_unless_a_manifest_holds_them(own: KuboStore):
    put = records("released", 20)
    manifest, above = batch_of(put[:10])
    own.put_many([*put, *above])
    own.pin(manifest)

    own.release(names(put))
    own.collect()

    assert own.missing(names(put)) == names(put[10:])


def test_a_batch_that_is_not_whole_is_not_pinned(own: KuboStore):
    put = records("holes", 12)
    manifest, above = batch_of(put)
    own.put_many([*put[:7], *put[8:], *above])

    with pytest.raises(BlockNotFoundError) as refused:
        own.pin(manifest)

    assert refused.value.digest == put[7][0]
    assert own.pinned() == []
    with pytest.raises(BlockNotFoundError):
        own.pin(records("nothing", 1)[0][0])


def test_to_pin_and_to_unpin_twice_is_to_do_it_once(own: KuboStore):
    put = records("twice", 3)
    manifest, above = batch_of(put)
    own.put_many([*put, *above])

    own.pin(manifest)
    own.pin(manifest)
    assert own.pinned() == [manifest]
    own.unpin(manifest)
    own.unpin(manifest)
    assert own.pinned() == []


def test_pins_of_others_are_left_alone(own_daemon: Daemon, own: KuboStore):
    theirs = own_daemon.ipfs("add", "-Q", "-", stdin=b"somebody's file").out.decode().strip()
    put = records("ours", 3)
    own.put_many(put)
    own.release(names(put))
    own.collect()

    assert own.pinned() == []
    assert own_daemon.ipfs("cat", theirs).out == b"somebody's file"


def test_the_size_is_that_of_the_repository(own: KuboStore):
    before = own.size_bytes()
    own.put_many(records("size", 100))

    assert own.size_bytes() > before + 100 * 400


def test_a_store_with_pins_is_what_it_says(own: KuboStore):
    store: PinningStore = own

    assert store.pinned() == []


def damage(daemon: Daemon, content: bytes) -> None:
    """Change a block in the repository's files, which the daemon does not notice."""
    (path,) = [
        path for path in daemon.repository.glob("blocks/*/*.data") if path.read_bytes() == content
    ]
    path.chmod(0o644)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize("count", [3, 100])
def test_a_block_that_rotted_is_never_handed_out(own_daemon: Daemon, own: KuboStore, count: int):
    put = records("rot", count)
    manifest, above = batch_of(put)
    own.put_many([*put, *above])
    damage(own_daemon, put[1][1])

    reading = own.get_many(names(put))
    assert next(reading) == put[0][1]
    with pytest.raises(CorruptBlockError, match=to_text(put[1][0])):
        next(reading)
    with pytest.raises(CorruptBlockError):
        own.pin(manifest)
    assert own.pinned() == []


def test_bytes_that_are_not_their_name_are_not_taken(own: KuboStore):
    ((digest, _),) = records("right", 1)

    with pytest.raises(KuboRefusedError, match="dag/import"):
        own.put_many([(digest, b"wrong")])
    assert own.missing([digest]) == [digest]


def test_what_is_not_here_is_not_asked_of_the_network(tmp_path: Path):
    with kubo(tmp_path / "one") as one, kubo(tmp_path / "other") as other:
        one.connect(other)
        put = records("elsewhere", 60)
        with closing(KuboStore(other.url)) as theirs, closing(KuboStore(one.url)) as ours:
            theirs.put_many(put)

            assert ours.missing(names(put)) == names(put)
            with pytest.raises(BlockNotFoundError):
                ours.get(put[0][0])
            with pytest.raises(BlockNotFoundError):
                list(ours.get_many(names(put)))
            assert ours.missing(names(put)) == names(put)


def test_a_batch_published_by_one_daemon_is_read_through_another_by_bitswap(tmp_path: Path):
    put = records("shared", 50)
    manifest, above = batch_of(put[:20], put[20:])
    with kubo(tmp_path / "one") as one, kubo(tmp_path / "other") as other:
        one.connect(other)
        with closing(KuboStore(one.url)) as publisher, closing(KuboStore(other.url)) as reader:
            publisher.put_many([*put, *above])
            publisher.pin(manifest)

            fetched = dict(walk(CID.of(manifest), lambda cid: reader.fetch(Digest(cid.digest), 20)))
            reader.pin(manifest)

            assert sorted(fetched.values()) == sorted(data for _, data in [*put, *above])
            one.stop()
            reader.collect()
            read = read_batch(reader, manifest)
            assert list(reader.get_many(read.records())) == [data for _, data in put]


def test_what_nobody_has_is_given_up_in_time(own: KuboStore):
    ((digest, _),) = records("nobody's", 1)

    with pytest.raises(BlockNotFoundError):
        own.fetch(digest, 0.2)


def test_an_import_is_sent_again_when_the_daemon_is_killed_in_the_middle_and_comes_back(
    own_daemon: Daemon, own: KuboStore, monkeypatch: pytest.MonkeyPatch
):
    before = records("acknowledged", 50)
    own.put_many(before)
    put = records("interrupted", 3_000)
    restarted: list[threading.Thread] = []

    def cut(pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Kills the daemon once it has some of the import, and starts it again a little later."""
        for number, piece in enumerate(pieces):
            yield piece
            if number == 1_500 and not restarted:
                own_daemon.kill()
                restarted.append(threading.Thread(target=own_daemon.start))
                restarted[0].start()

    monkeypatch.setattr("ledger.store.kubo_holds.write_car", lambda *a: cut(write_car(*a)))

    assert own.put_many(put) == 3_000

    restarted[0].join()
    own.collect()
    assert own.missing(names(before + put)) == []
    assert list(own.get_many(names(before + put))) == [data for _, data in before + put]


def test_a_daemon_that_stays_away_is_said_to_and_what_was_acknowledged_is_there_afterwards(
    own_daemon: Daemon, own: KuboStore, monkeypatch: pytest.MonkeyPatch
):
    before = records("acknowledged", 50)
    own.put_many(before)
    put = records("lost", 2_000)

    def cut(pieces: Iterator[bytes]) -> Iterator[bytes]:
        for number, piece in enumerate(pieces):
            yield piece
            if number == 1_000:
                own_daemon.kill()

    monkeypatch.setattr("ledger.store.kubo_holds.write_car", lambda *a: cut(write_car(*a)))
    monkeypatch.setattr(kubo_rpc, "ATTEMPTS", 2)
    with pytest.raises(KuboUnavailableError, match="does not answer") as refused:
        own.put_many(put)
    assert "ipfs daemon" in refused.value.hint
    with pytest.raises(KuboUnavailableError):
        own.get(before[0][0])
    monkeypatch.undo()

    own_daemon.start()
    assert list(own.get_many(names(before))) == [data for _, data in before]
    own.put_many(put)
    own.collect()
    assert own.missing(names(put)) == []


def test_a_token_is_sent_and_asked_for(own_daemon: Daemon):
    own_daemon.stop()
    access = {"AuthSecret": "bearer:s3cret", "AllowedPaths": ["/api/v0"]}
    own_daemon.configure({"API": {"Authorizations": {"perfledger": access}}})
    own_daemon.start()
    put = records("token", 2)

    with closing(KuboStore(own_daemon.url, SecretStr("s3cret"))) as store:
        store.put_many(put)
        assert store.get(put[0][0]) == put[0][1]
    for token in (None, SecretStr("another")):
        with closing(KuboStore(own_daemon.url, token)) as store:
            with pytest.raises(KuboDeniedError) as refused:
                store.get(put[0][0])
            assert "PERFLEDGER_KUBO_TOKEN" in refused.value.hint
            assert "another" not in refused.value.diagnostics()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:5001",
        "ftp://127.0.0.1",
        "http://",
        "http://user:secret@127.0.0.1:5001",
        "http://127.0.0.1:port",
        "http://127.0.0.1/?a=b",
    ],
)
def test_a_url_that_is_none_is_refused_without_being_shown(url: str):
    with pytest.raises(SettingsError, match="kubo_url is not the URL") as refused:
        KuboStore(url)
    assert "secret" not in refused.value.diagnostics()


def test_a_daemon_behind_a_name_and_a_path_is_asked_there():
    with closing(KuboStore("https://kubo.example/rpc/")) as store:
        assert store.rpc._http._base_url == "https://kubo.example:443/rpc/api/v0/"
    with closing(KuboStore("http://[::1]:5001")) as store:
        assert store.rpc._http._base_url == "http://[::1]:5001/api/v0/"


def test_the_count_is_that_of_the_repository(daemon: Daemon, store: KuboStore):
    assert (
        store.count() == json.loads(daemon.ipfs("repo", "stat", "--enc", "json").out)["NumObjects"]
    )
