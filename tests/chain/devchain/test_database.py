from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.database import ChainDatabase
from ledger.chain.devchain.database import DevChainDatabaseError
from tests.chain.devchain.conftest import ask
from tests.chain.devchain.conftest import signed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chain.db"


def stored(path: Path) -> dict[bytes, bytes]:
    """What another connection, like a new process, finds in the file."""
    other = ChainDatabase(path)
    keys = (b"a", b"b")
    found = {key: other[key] for key in keys if key in other}
    other.close()
    return found


def test_a_transaction_is_seen_within_and_written_at_its_end(path: Path):
    database = ChainDatabase(path)
    with database.transaction():
        database[b"a"] = b"1"
        with database.atomic_batch() as batch:
            batch[b"b"] = b"2"
        assert database[b"a"] == b"1"
        assert database[b"b"] == b"2"
        assert stored(path) == {}
    assert stored(path) == {b"a": b"1", b"b": b"2"}
    database.close()


def test_a_failed_transaction_leaves_no_trace(path: Path):
    database = ChainDatabase(path)
    database[b"a"] = b"1"

    def fail() -> None:
        with database.transaction():
            database[b"a"] = b"changed"
            with database.atomic_batch() as batch:
                batch[b"b"] = b"2"
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert database[b"a"] == b"1"
    assert b"b" not in database
    assert stored(path) == {b"a": b"1"}
    database.close()


def test_a_removed_key_is_gone_within_and_after_the_transaction(path: Path):
    database = ChainDatabase(path)
    database[b"a"] = b"1"
    with database.transaction():
        del database[b"a"]
        assert b"a" not in database
        assert stored(path) == {b"a": b"1"}
    assert stored(path) == {}
    with pytest.raises(KeyError):
        del database[b"a"]
    database.close()


def test_a_commit_is_synced_to_disk(path: Path):
    database = ChainDatabase(path)
    pragma = database._connection.execute
    assert pragma("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert pragma("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_a_block_that_does_not_fit_on_the_disk_is_not_half_written(chain: DevChain):
    def limit_pages(pages: int) -> None:
        chain.backend.database._connection.execute(f"PRAGMA max_page_count = {pages}")

    limit_pages(1)  # SQLite takes it as "no more than there are now"
    sent = 0
    with capture_logs() as logged:
        while "result" in (response := ask(chain, "eth_sendRawTransaction", signed(sent))):
            sent += 1
    assert "could not be written" in response["error"]["message"]
    assert logged[-1]["event"] == "devchain_call_failed"
    assert ask(chain, "eth_blockNumber")["result"] == hex(sent)
    limit_pages(1_000_000)
    assert "result" in ask(chain, "eth_sendRawTransaction", signed(sent))
    assert ask(chain, "eth_blockNumber")["result"] == hex(sent + 1)


def test_a_folder_is_no_chain(tmp_path: Path):
    with pytest.raises(DevChainDatabaseError, match="cannot be opened"):
        ChainDatabase(tmp_path)


def test_another_kind_of_file_is_refused(path: Path):
    path.write_bytes(b"this is no SQLite database, whatever its name says" * 40)
    with pytest.raises(DevChainDatabaseError) as refusal:
        ChainDatabase(path)
    assert str(path) in refusal.value.message
    assert refusal.value.hint
