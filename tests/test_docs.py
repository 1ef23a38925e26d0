"""The documents say what is there."""

import re
from pathlib import Path

import pytest

from ledger.cli.app import COMMANDS
from ledger.record.schema import json_schema
from ledger.settings import Settings
from tools import command_docs

ROOT = Path(__file__).parent.parent
OWN_FOLDERS = {"docs"}


def packages() -> set[str]:
    """Every top-level folder with code, `ledger` split into its stages."""
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_")) and any(path.rglob("*.py"))
    }
    stages = {
        f"ledger/{path.name}"
        for path in (ROOT / "ledger").iterdir()
        if path.is_dir() and (path / "__init__.py").exists()
    }
    return (folders - {"ledger"} - OWN_FOLDERS) | stages


def test_the_architecture_names_every_package_and_no_other() -> None:
    table = re.findall(r"^\| `([\w/]+)` \|", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)

    assert set(table) == packages()


def test_the_architecture_names_only_modules_that_exist() -> None:
    named = re.findall(r"`(ledger/\w+\.py)`", (ROOT / "ARCHITECTURE.md").read_text())

    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "document", ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
)
def test_documents_use_only_commands_that_exist(document: str) -> None:
    text = (ROOT / document).read_text()
    used = set(re.findall(r"^\s*(?:\$ )?perfledger (?:--home \S+ )?([a-z]\w*)", text, re.MULTILINE))
    used |= set(re.findall(r"`perfledger (?:--home \S+ )?([a-z]\w*)", text))

    assert used <= set(COMMANDS)


def test_documents_link_only_to_files_that_exist() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_every_setting_is_documented_with_its_default_and_variable() -> None:
    lines = (ROOT / "docs" / "settings.md").read_text().splitlines()

    for name, field in Settings.model_fields.items():
        (row,) = [line for line in lines if line.startswith(f"| `{name}` |")]
        assert f"`PERFLEDGER_{name.upper()}`" in row
        assert str(field.description) in row
        if not field.is_required() and field.default_factory is None:
            assert f"`{field.default}`" in row or field.default is None


def test_every_field_of_a_record_is_documented_in_its_own_words() -> None:
    text = (ROOT / "docs" / "record.md").read_text()
    definitions = {"Record": json_schema(), **json_schema()["$defs"]}

    for model, definition in definitions.items():
        for name, field in definition.get("properties", {}).items():
            assert f"### {model}\n" in text
            assert f"| `{name}` |" in text
            assert field.get("description", "") in text


def test_the_page_of_commands_is_what_help_prints() -> None:
    assert command_docs.TARGET.read_text() == command_docs.render()


def test_every_command_shows_an_example() -> None:
    sections = command_docs.render().split("\n## ")[1:]

    lacking = [each.splitlines()[0] for each in sections if not re.search("Example|First st", each)]
    assert lacking == []
