"""What nobody but the owner of a home may read is in files that nobody else can open."""

import os
import stat
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.groups.shelf import Shelf
from ledger.groups.waiting import Waiting
from ledger.privacy.vault import Vault

Opening = Callable[[Path], Any]


@pytest.fixture(autouse=True)
def permissive() -> Iterator[None]:
    """A user whose new files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("open_", [Shelf, Waiting, Vault])
def test_its_owner_alone_reads_it_and_what_sqlite_keeps_beside_it(tmp_path: Path, open_: Opening):
    folder = tmp_path / "private"
    kept = open_(folder / "kept.sqlite")

    files = folder.glob("kept.sqlite*")
    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in files}
    modes.pop(".lock", None)  # is empty
    kept.close()

    assert set(modes) == {".sqlite", ".sqlite-shm", ".sqlite-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("open_", [Shelf, Waiting, Vault])
def test_one_that_others_could_read_is_closed_to_them(tmp_path: Path, open_: Opening):
    """As after it was copied back from a backup."""
    path = tmp_path / "kept.sqlite"
    open_(path).close()
    path.chmod(0o644)

    open_(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
