"""Folders that somebody else may have made, or can write to, where a queue is to be."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[[Path, Path], None]
"""Makes one: where the queue is to be, and another place."""


def shared(folder: Path, elsewhere: Path) -> None:
    folder.mkdir()
    folder.chmod(0o770)


def of_another(folder: Path, elsewhere: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 65_534, 65_534)


def linked(folder: Path, elsewhere: Path) -> None:
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)


def a_file(folder: Path, elsewhere: Path) -> None:
    folder.touch(mode=0o600)


QUEUES = [
    shared,
    linked,
    a_file,
    pytest.param(
        of_another, marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root gives away")
    ),
]
