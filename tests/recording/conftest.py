"""A home folder that is not there, with a queue beside it, which is gone after the test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.recording.queue import Queue
from tests.cli.conftest import founded
from tests.cli.conftest import new_home

__all__ = ["founded", "new_home"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Where no ledger is; nothing is left for a taker when the tests end."""
    home = tmp_path / "home"
    yield home
    shutil.rmtree(Queue(home).folder, ignore_errors=True)
