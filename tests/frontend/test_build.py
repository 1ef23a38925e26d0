"""The bundles are built from the sources, once for each state of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import npm_modules
from tools import frontend
from tools import node

pytestmark = pytest.mark.node


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a test builds."""
    npm_modules(frontend.FOLDER)
    folder = tmp_path / "built"
    monkeypatch.setattr(frontend, "BUILT", folder)
    yield folder
    node.lock_path(folder).unlink(missing_ok=True)


@pytest.fixture
def without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object = None) -> node.Node:
        raise node.NodeMissingError("Node.js was not found", hint="Install it.")

    monkeypatch.setattr(node, "find", missing)
    monkeypatch.setattr(node, "npm_ci", missing)


def test_each_bundle_is_one_script_that_imports_nothing(built: Path) -> None:
    frontend.build()

    assert {path.name for path in built.iterdir()} == {f"{n}.js" for n in frontend.ENTRY_POINTS}
    for path in built.iterdir():
        text = path.read_text(encoding="ascii")
        assert not re.search(r"\b(import|export)\s*[\"'{*(]", text)
        assert len(text) < 150_000


def test_what_is_built_is_not_built_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frontend.build()
    monkeypatch.setattr(frontend, "_bundle", lambda _: pytest.fail("built twice"))

    assert frontend.build() == built
    assert frontend.main(["--possible"]) == 0


def test_a_changed_source_is_built_again(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frontend.build()
    before = (built / "verify.js").read_text(encoding="ascii")
    changed = tmp_path / "changed.js"
    changed.write_text("// another", encoding="utf-8")
    listed = tuple(frontend.sources())
    monkeypatch.setattr(frontend, "sources", lambda: (*listed, changed))

    frontend.build()

    assert (built / "verify.js").read_text(encoding="ascii")[:60] != before[:60]


def test_sources_that_are_wrong_are_said_to_be(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.js"
    broken.write_text("const = 1;", encoding="utf-8")
    monkeypatch.setattr(frontend, "ENTRY_POINTS", {"verify": broken})

    assert frontend.main([]) == 1
    assert "broken.js" in capsys.readouterr().err


@pytest.mark.usefixtures("built", "without_node")
def test_without_node_it_is_only_an_error_for_who_minds(capsys: pytest.CaptureFixture[str]) -> None:
    assert frontend.main([]) == 1
    assert frontend.main(["--possible"]) == 1
    assert frontend.main(["--if-can"]) == 0
    assert "verify page will not check in the browser" in capsys.readouterr().out
