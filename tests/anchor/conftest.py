"""A node on a chain of its own for each test, without deploying the contracts each time."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.node import Node
from tests.anchor.homes import template_settings


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with deployed contracts and one validator, whose word decides."""
    home = tmp_path_factory.mktemp("template") / "home"
    with Node(template_settings(home)) as node:
        node.connect()
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def node(home: Path) -> Iterator[Node]:
    """A node on that copy."""
    with Node(template_settings(home)) as opened:
        yield opened
