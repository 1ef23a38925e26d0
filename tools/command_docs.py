"""Writes ``docs/commands.md`` out of the help texts: ``python -m tools.command_docs``."""

from collections.abc import Iterator
from pathlib import Path

import click

from ledger.cli.app import perfledger

TARGET = Path(__file__).parent.parent / "docs" / "commands.md"

_INTRODUCTION = """# The command

What `--help` prints, for every command. A test keeps this page true; `python -m tools.command_docs`
writes it anew.
"""


def render() -> str:
    """The page."""
    parts = [_INTRODUCTION]
    for path, command in _commands(perfledger, ("perfledger",)):
        context = _context(path)
        parts.append(f"## {' '.join(path)}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = _context(path)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _commands(found, (*path, name))


def _context(path: tuple[str, ...]) -> click.Context:
    """A context whose usage line names the whole path, at a fixed width."""
    return click.Context(
        perfledger,
        info_name=" ".join(path),
        terminal_width=90,
        max_content_width=90,
        help_option_names=perfledger.context_settings["help_option_names"],
    )


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
