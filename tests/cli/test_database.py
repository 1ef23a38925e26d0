"""`db rebuild` makes the index anew, and it says the same."""

from pathlib import Path

from ledger import settings
from ledger.index.database import open_index
from tests.cli.command import succeed
from tests.index.dumps import dump


def content(home: Path) -> object:
    index = open_index(settings.load(home).index_location)
    try:
        return dump(index)
    finally:
        index.close()


def test_a_rebuilt_index_says_the_same(used_home: Path):
    before = content(used_home)

    counted = succeed(used_home, "db", "rebuild", "--json").json

    assert content(used_home) == before
    assert (counted["records"], counted["batches"]) == (8, 1)
    assert counted["by_status"]["accepted"] == 6


def test_a_lost_index_costs_no_data(used_home: Path):
    listed = succeed(used_home, "export").out.splitlines()
    before = content(used_home)
    for file in used_home.glob("index.sqlite*"):
        file.unlink()

    told = succeed(used_home, "db", "rebuild").out

    assert told.strip() == "8 records in 1 batches"
    assert content(used_home) == before
    assert sorted(succeed(used_home, "export").out.splitlines()) == sorted(listed)
