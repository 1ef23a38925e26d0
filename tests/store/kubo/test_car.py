"""CAR files go both ways between us, the `ipfs` command, and npm's ipfs-car."""

import io
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.anchor import batch as batches
from ledger.anchor.batch import Batch
from ledger.anchor.manifest import read_batch
from ledger.ipld.car import CARReader
from ledger.ipld.cid import CID
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store.kubo import KuboStore
from ledger.store.sqlite import SQLiteBlockStore
from ledger.store.transfer import export_car
from ledger.store.transfer import import_car
from tests.anchor.batches import DOMAIN
from tests.anchor.batches import unsigned
from tests.services import npm_modules
from tests.store.kubo.daemons import Daemon
from tools import node


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    with closing(SQLiteBlockStore(tmp_path / "blocks.sqlite")) as opened:
        yield opened


@pytest.fixture
def manifest(embedded: SQLiteBlockStore, tmp_path: Path) -> Digest:
    """Of a batch in the embedded store, another one for each test."""
    contents = [dagcbor.encode({tmp_path.name: number}) for number in range(120)]
    records = [(digest_of(content), content) for content in contents]
    parts = tuple(
        unsigned([digest for digest, _ in records[start : start + 60]], account)
        for account, start in ((1, 0), (2, 60))
    )
    above = list(batches.blocks(Batch(DOMAIN, parts)))
    embedded.put_many([*records, *above])
    return above[-1][0]


@pytest.fixture
def file(embedded: SQLiteBlockStore, manifest: Digest, tmp_path: Path) -> Path:
    """The batch as we export it."""
    path = tmp_path / "batch.car"
    path.write_bytes(b"".join(export_car(embedded, CID.of(manifest))))
    return path


def test_what_we_export_ipfs_imports_and_pins(daemon: Daemon, file: Path, manifest: Digest):
    said = daemon.ipfs("dag", "import", "--stats", file).out.decode()

    assert f"Pinned root\t{to_text(manifest)}\tsuccess" in said
    assert "Imported 124 blocks" in said


def test_what_ipfs_exports_we_import(daemon: Daemon, file: Path, manifest: Digest, tmp_path: Path):
    daemon.ipfs("dag", "import", file)
    theirs = daemon.ipfs("dag", "export", to_text(manifest)).out

    with closing(SQLiteBlockStore(tmp_path / "another.sqlite")) as another:
        found = import_car(another, io.BytesIO(theirs))

        assert (found.blocks, found.new, found.missing, found.problem) == (124, 124, 0, "")
        assert read_batch(another, manifest).count == 120
    assert theirs == file.read_bytes()


def test_a_file_of_dag_pb_is_kept_too(daemon: Daemon, embedded: SQLiteBlockStore):
    content = b"0123456789abcdef" * 100_000
    root = daemon.ipfs("add", "-Q", "--chunker=size-65536", "-", stdin=content).out.decode().strip()

    found = import_car(embedded, io.BytesIO(daemon.ipfs("dag", "export", root).out))

    assert found.roots == (CID.parse(root),)
    assert found.problem == ""
    top = CID.parse(root).sha256
    assert top is not None
    assert embedded.get(top) == daemon.ipfs("block", "get", root).out


def test_kubo_as_the_store_exports_and_imports_the_same(
    store: KuboStore, file: Path, manifest: Digest
):
    with file.open("rb") as stream:
        found = import_car(store, stream)

    assert (found.new, found.missing) == (124, 0)
    assert b"".join(export_car(store, CID.of(manifest))) == file.read_bytes()


Run = Callable[..., str]


@pytest.fixture
def ipfs_car() -> Run:
    script = npm_modules() / "ipfs-car" / "bin.js"
    return lambda *arguments: node.find().run(script, [str(each) for each in arguments])


@pytest.mark.node
def test_ipfs_car_reads_and_checks_what_we_export(ipfs_car: Run, file: Path, manifest: Digest):
    with file.open("rb") as stream:
        ours = [str(block.cid) for block in CARReader(stream)]

    assert ipfs_car("roots", file).split() == [to_text(manifest)]
    assert ipfs_car("blocks", file, "--verify").split() == ours


@pytest.mark.node
def test_we_read_what_ipfs_car_packs(
    ipfs_car: Run, daemon: Daemon, embedded: SQLiteBlockStore, tmp_path: Path
):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "small.txt").write_text("small")
    (folder / "large.bin").write_bytes(bytes(range(256)) * 10_000)
    packed = tmp_path / "packed.car"
    root = ipfs_car("pack", folder, "--output", packed).strip()

    with packed.open("rb") as stream:
        found = import_car(embedded, stream)

    assert [str(each) for each in found.roots] == [root]
    assert found.problem == ""
    assert found.blocks == len(ipfs_car("blocks", packed).split())


@pytest.mark.node
def test_what_ipfs_car_packs_comes_out_of_our_store_as_it_went_in(
    ipfs_car: Run, embedded: SQLiteBlockStore, tmp_path: Path
):
    (tmp_path / "file.txt").write_text("one raw block")
    packed = tmp_path / "packed.car"
    root = ipfs_car("pack", tmp_path / "file.txt", "--no-wrap", "--output", packed).strip()
    with packed.open("rb") as stream:
        import_car(embedded, stream)

    again = tmp_path / "again.car"
    again.write_bytes(b"".join(export_car(embedded, CID.parse(root))))

    ipfs_car("unpack", again, "--output", tmp_path / "unpacked")
    assert (tmp_path / "unpacked").read_text() == "one raw block"
