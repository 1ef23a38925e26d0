"""The app and the command ask the node, and leave its parts to it."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.node import Node

ROOT = Path(__file__).parent.parent

FACES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("ledger/cli", "webapp")
    for path in (ROOT / folder).rglob("*.py")
)

PARTS = {
    "blocks",
    "carrier",
    "chain",
    "contracts",
    "contributions",
    "history",
    "index",
    "intake",
    "outbox",
    "prover",
    "revoker",
}
"""What a node is made of. `queries` (reading) and `sync` (following the chain) are its services."""

INSIDE = (
    "ledger.anchor.carrier",
    "ledger.anchor.outbox",
    "ledger.chain.contracts",
    "ledger.chain.sender",
    "ledger.index.database",
    "ledger.index.engine",
    "ledger.index.tables",
    "ledger.store.database",
    "ledger.store.sqlite",
    "sqlalchemy",
    "sqlite3",
)
"""Database sessions, contracts, and what writes."""


def parts_of_nodes(tree: ast.AST) -> Iterator[str]:
    """Parts that are taken from something called a node, or from what a call of that gives."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute) and each.attr in PARTS:
            owner = each.value.func if isinstance(each.value, ast.Call) else each.value
            name = getattr(owner, "id", getattr(owner, "attr", ""))
            if name in {"node", "online", "served"}:
                yield each.attr


def imports(tree: ast.AST) -> Iterator[str]:
    for each in ast.walk(tree):
        if isinstance(each, ast.ImportFrom):
            yield str(each.module)
        elif isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)


def is_inside(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in INSIDE)


def modules_started_unsafely(tree: ast.AST) -> Iterator[int]:
    """Lines where Python is told ``-m`` without ``-P``: it would import from where it is called."""
    for each in ast.walk(tree):
        if isinstance(each, ast.List | ast.Tuple):
            words = [ast.unparse(word) for word in each.elts]
            for first, second in pairwise(words):
                if (first, second) == ("sys.executable", "'-m'"):
                    yield each.lineno


@pytest.mark.parametrize("face", FACES)
def test_the_app_and_the_command_ask_the_node_and_not_its_parts(face: str):
    tree = ast.parse((ROOT / face).read_text())

    assert list(parts_of_nodes(tree)) == []
    assert [name for name in imports(tree) if is_inside(name)] == []


def test_the_parts_are_those_of_a_node():
    assert {name for name in PARTS if not hasattr(Node, name)} == set()


def test_no_process_that_is_started_imports_from_the_folder_it_is_started_in():
    assert list(modules_started_unsafely(ast.parse('[sys.executable, "-m", "pip"]'))) == [1]
    assert {
        f"{path.relative_to(ROOT)}:{line}"
        for package in ("ledger", "webapp", "contracts", "migrations")
        for path in (ROOT / package).rglob("*.py")
        for line in modules_started_unsafely(ast.parse(path.read_text()))
    } == set()
