"""Ledgers in home folders, made by the command itself."""

import shutil
from pathlib import Path

import pytest

from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions
from tests.conftest import impossible_execution


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new ledger. Copy it before changing it."""
    home = tmp_path_factory.mktemp("founded") / "home"
    succeed(home, "init")
    return home


@pytest.fixture(scope="session")
def attested(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of six accepted records, one rejected and one not signed. Copy it first."""
    folder = tmp_path_factory.mktemp("attested")
    home = Path(shutil.copytree(founded, folder / "home"))
    records = [*executions()[:6], impossible_execution()]
    succeed(home, "contribute", write_records(folder / "runs.jsonl", records))
    succeed(home, "validator", "run", "--once")
    succeed(home, "import", write_records(folder / "more.jsonl", executions()[10:11]))
    return home


@pytest.fixture
def new_home(founded: Path, tmp_path: Path) -> Path:
    """A new ledger of one's own."""
    return Path(shutil.copytree(founded, tmp_path / "home"))


@pytest.fixture
def used_home(attested: Path, tmp_path: Path) -> Path:
    """A ledger with records of one's own."""
    return Path(shutil.copytree(attested, tmp_path / "home"))


@pytest.fixture
def accepted_cid(attested: Path) -> str:
    """An accepted record of the attested ledger."""
    page = perfledger(attested, "list", "--status", "accepted", "--limit", "1", "--json").json
    return str(page["rows"][0]["cid"])
