"""What the index says when its database does not answer."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from ledger.errors import UnavailableError
from ledger.index import database
from ledger.index.database import Index
from ledger.index.database import inspect_index
from ledger.index.database import open_index
from ledger.index.engine import MissingIndexError


def test_passwords_in_the_url_are_left_out_of_what_is_said(tmp_path: Path):
    url = f"sqlite:///file:{tmp_path}/a-folder/index?mode=ro&uri=true&password=hunter2"
    engine = create_engine(url)

    with pytest.raises(UnavailableError) as caught, database._answering(engine):
        engine.connect()

    assert "a-folder" in caught.value.message
    assert "hunter2" not in caught.value.diagnostics()


def test_looking_at_an_index_makes_none(tmp_path: Path):
    with pytest.raises(MissingIndexError):
        inspect_index(f"sqlite:///{tmp_path / 'index.sqlite'}")

    assert list(tmp_path.iterdir()) == []


def test_an_index_can_be_looked_at_while_another_writes_it(index: Index, location: str):
    looked_at = inspect_index(location)
    with index.write():
        pass

    assert looked_at.revision() == index.revision()
    with pytest.raises(UnavailableError, match=r"read-?only"):
        looked_at.clear()
    looked_at.close()


def test_looking_again_leaves_no_file_beside_it(tmp_path: Path):
    location = f"sqlite:///{tmp_path / 'index.sqlite'}"
    open_index(location).close()
    before = set(tmp_path.iterdir())

    found = inspect_index(location)

    assert found.revision() >= 1
    found.close()
    assert set(tmp_path.iterdir()) == before
