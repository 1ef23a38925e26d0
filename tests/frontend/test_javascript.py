"""The linter of scripts finds what it is for, and says so where it cannot run."""

from pathlib import Path

import pytest

from tests.services import npm_modules
from tools import javascript
from tools import node

pytestmark = pytest.mark.node

FAULTS = {
    "no-unused-vars": "const unused = 1;",
    "no-undef": "document.title = nobody;",
    "eqeqeq": "if (document.title == 1) document.title = '';",
    "no-restricted-syntax": "document.body.innerHTML = location.hash;",
    "no-eval": "eval(location.hash);",
}


def write(folder: Path, text: str) -> Path:
    scripts = folder / "webapp" / "static" / "js"
    scripts.mkdir(parents=True)
    (scripts / "page.js").write_text(text, encoding="utf-8")
    return scripts


def test_every_fault_is_named_with_its_rule_and_line(tmp_path: Path) -> None:
    npm_modules(javascript.FOLDER)
    scripts = write(tmp_path, "\n".join(FAULTS.values()))

    with pytest.raises(javascript.ScriptFaultError) as refused:
        javascript.check([scripts], root=tmp_path)

    lines = refused.value.message.splitlines()
    for place, rule in enumerate(FAULTS, 1):
        assert any(f"{place}:" in line and line.endswith(rule) for line in lines), rule


def test_what_has_no_fault_passes(tmp_path: Path) -> None:
    npm_modules(javascript.FOLDER)

    javascript.check([write(tmp_path, "document.title = 'a';\n")], root=tmp_path)


def test_without_node_nothing_is_checked_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: Path) -> Path:
        raise node.NodeMissingError("Node.js was not found", hint="Install it.")

    monkeypatch.setattr(node, "npm_ci", missing)

    assert javascript.main([]) == 1
    assert javascript.main(["--if-can"]) == 0
    assert "not checked" in capsys.readouterr().out
