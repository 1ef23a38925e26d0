"""What is wrong on a disk is found."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench.swarm.checking import check
from ledger import settings
from ledger.node import Node
from tests.conftest import executions


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    home = tmp_path_factory.mktemp("checked") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0)) as node:
        records = list(node.accept(executions()).new)
        node.submit(records)
        node.cycle()
    return home, records


def copy_of(home: Path, target: Path) -> Path:
    target.mkdir()
    for name in ("blocks.sqlite", "index.sqlite"):
        with (
            closing(sqlite3.connect(home / name)) as source,
            closing(sqlite3.connect(target / name)) as made,
        ):
            source.backup(made)
    return target


def change(path: Path, statement: str, *parameters: object) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute(statement, parameters).rowcount == 1
        database.commit()


def test_a_whole_replica_is_whole(ledger: tuple[Path, list[str]], tmp_path: Path):
    home, records = ledger

    found = check("a", copy_of(home, tmp_path / "a"), records)

    assert found.is_whole
    assert found.blocks > len(records)


def test_a_flipped_bit_is_found(ledger: tuple[Path, list[str]], tmp_path: Path):
    home, records = ledger
    copy = copy_of(home, tmp_path / "a")
    change(
        copy / "blocks.sqlite",
        "UPDATE blocks SET bytes = x'a0' WHERE rowid = (SELECT max(rowid) FROM blocks)",
    )

    found = check("a", copy, records)

    assert len(found.corrupt) == 1
    assert not found.is_right


def test_a_record_that_nobody_contributed_is_found(ledger: tuple[Path, list[str]], tmp_path: Path):
    home, records = ledger

    found = check("a", copy_of(home, tmp_path / "a"), records[1:])

    assert found.strangers == [records[0]]
    assert not found.is_right


def test_a_record_that_is_missing_is_found(ledger: tuple[Path, list[str]], tmp_path: Path):
    home, records = ledger
    copy = copy_of(home, tmp_path / "a")
    change(copy / "index.sqlite", "DELETE FROM records WHERE id = (SELECT max(id) FROM records)")

    found = check("a", copy, records)

    assert found.is_right
    assert not found.is_whole
    assert len(found.missing) == 1


def test_an_empty_home_lacks_everything_and_has_nothing_wrong(tmp_path: Path):
    found = check("a", tmp_path, ["bafyreigh2akiscaildc"])

    assert (found.is_right, found.is_whole, found.blocks) == (True, False, 0)
