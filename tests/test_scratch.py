"""Tests write into memory where there is room for it, and to the disk elsewhere."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tools.scratch import folder

PLENTY = 2**60


@pytest.fixture
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Python puts temporary files."""
    place = tmp_path / "usual"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    place = tmp_path / "memory"
    place.mkdir()
    return place


def test_it_is_new_and_in_memory_where_there_is_room(memory: Path, usual: Path):
    made = [folder(memory, least_free=0) for _ in range(2)]

    assert sorted(memory.iterdir()) == sorted(made)
    assert list(usual.iterdir()) == []


def test_without_room_it_is_on_the_disk(memory: Path, usual: Path):
    made = folder(memory, least_free=PLENTY)

    assert list(usual.iterdir()) == [made]
    assert list(memory.iterdir()) == []


def test_where_there_is_no_such_file_system_it_is_on_the_disk(tmp_path: Path, usual: Path):
    assert folder(tmp_path / "nowhere", least_free=0).parent == usual


def test_where_nothing_may_be_executed_it_is_on_the_disk(
    memory: Path, usual: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tools.scratch.os.access", lambda *_: False)

    assert folder(memory, least_free=0).parent == usual
    assert list(memory.iterdir()) == []


def test_there_is_room_if_the_file_system_has_as_much_as_asked_for(memory: Path, usual: Path):
    half = shutil.disk_usage(memory).free // 2

    assert folder(memory, least_free=half).parent == memory
    assert list(usual.iterdir()) == []
