"""The embedded block store: durable, shared, and never believed without hashing."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store import sqlite as module
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import CorruptBlockError
from ledger.store.files import UnusableFileError
from ledger.store.files import write_durably
from ledger.store.sqlite import SQLiteBlockStore


def block(number: int) -> Block:
    content = f"block {number}".encode()
    return digest_of(content), content


def blocks(count: int, first: int = 0) -> list[Block]:
    return [block(number) for number in range(first, first + count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "blocks.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteBlockStore]:
    opened = SQLiteBlockStore(path)
    yield opened
    opened.close()


def test_a_block_is_there_for_whoever_opens_the_file_next(store: SQLiteBlockStore, path: Path):
    digest, content = block(1)

    assert store.put_many([(digest, content)]) == 1

    again = SQLiteBlockStore(path)
    assert again.get(digest) == content
    again.close()


def test_a_commit_waits_for_the_disk(store: SQLiteBlockStore):
    full = 2

    assert store._database._connection.execute("PRAGMA synchronous").fetchone() == (full,)
    assert store._database._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_keeping_a_block_again_adds_none(store: SQLiteBlockStore):
    store.put_many(blocks(3))

    assert store.put_many(blocks(5)) == 2
    assert store.count() == 5


def test_more_blocks_than_one_write_takes_are_all_kept(
    store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_BATCH", 10)

    assert store.put_many(iter(blocks(25))) == 25
    assert store.count() == 25


def test_blocks_come_in_the_order_asked_for_also_twice(store: SQLiteBlockStore):
    kept = blocks(1_200)
    store.put_many(kept)
    wanted = [*reversed(kept), kept[7], kept[7]]

    found = list(store.get_many([digest for digest, _ in wanted]))

    assert found == [content for _, content in wanted]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(wanted=st.lists(st.integers(0, 20), max_size=30))
def test_what_is_missing_is_told_in_its_order(store: SQLiteBlockStore, wanted: list[int]):
    store.put_many(blocks(10))

    missing = store.missing([block(number)[0] for number in wanted])

    assert missing == [block(number)[0] for number in wanted if number >= 10]


def test_a_block_that_is_not_here_is_named(store: SQLiteBlockStore):
    store.put_many(blocks(2))
    absent = block(9)[0]

    with pytest.raises(BlockNotFoundError, match=to_text(absent)) as caught:
        store.get(absent)
    assert caught.value.digest == absent
    with pytest.raises(BlockNotFoundError, match=to_text(absent)):
        list(store.get_many([block(0)[0], absent]))


def test_a_block_that_does_not_match_its_name_is_never_handed_out(
    store: SQLiteBlockStore, path: Path
):
    store.put_many(blocks(2))
    damaged = block(1)[0]
    with sqlite3.connect(path) as file:
        file.execute("UPDATE blocks SET bytes = ? WHERE digest = ?", (b"forged", damaged))
    file.close()

    with pytest.raises(CorruptBlockError, match=to_text(damaged)):
        store.get(damaged)
    handed_out = store.get_many([block(0)[0], damaged])
    assert next(handed_out) == block(0)[1]
    with pytest.raises(CorruptBlockError, match=str(path)):
        next(handed_out)


def test_a_failure_in_the_middle_keeps_whole_writes_only(
    store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_BATCH", 10)

    def failing() -> Iterator[Block]:
        yield from blocks(15)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put_many(failing())
    assert store.count() == 10
    assert store.put_many(blocks(15)) == 5


def test_threads_share_one_store(store: SQLiteBlockStore):
    def write(first: int) -> None:
        for number in range(first, first + 50):
            store.put_many([block(number)])
            store.get(block(number)[0])

    threads = [threading.Thread(target=write, args=(40 * place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.count() == 170


WRITER = """
import sys
from pathlib import Path
from ledger.store.sqlite import SQLiteBlockStore
from tests.store.test_sqlite import block

store = SQLiteBlockStore(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 100):
    store.put_many([block(number)])
store.close()
"""


def test_processes_write_at_the_same_time(store: SQLiteBlockStore, path: Path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(first)]) for first in (0, 50)
    ]
    store.put_many(blocks(100, first=100))

    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert store.count() == 200
    assert store.missing([digest for digest, _ in blocks(200)]) == []


def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    path = tmp_path / "blocks.sqlite"
    path.write_bytes(b"this is no database, however long one looks at it" * 100)

    with pytest.raises(UnusableFileError, match=f"{path} cannot be used") as caught:
        SQLiteBlockStore(path)
    assert "perfledger doctor" in caught.value.hint


def test_a_page_that_is_damaged_is_reported(store: SQLiteBlockStore, path: Path):
    store.put_many(blocks(2_000))
    store.close()
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(100))
    damaged = SQLiteBlockStore(path)

    with pytest.raises((UnusableFileError, BlockNotFoundError, CorruptBlockError)):
        list(damaged.get_many([digest for digest, _ in blocks(2_000)]))
    damaged.close()


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "folder" / "settings"
    write_durably(path, b"old", mode=0o600)

    write_durably(path, b"new", mode=0o600)
    with pytest.raises(TypeError):
        write_durably(path, "text is no bytes")  # type: ignore[arg-type]

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_digests_are_all_the_same_to_the_store(store: SQLiteBlockStore):
    with pytest.raises(BlockNotFoundError):
        store.get(Digest(b"\x00\xff'\"; DROP TABLE blocks" + bytes(10)))
    assert store.count() == 0
