"""Whoever asks for help sees an example; whoever errs is told what to do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ledger import errors
from ledger.cli.app import perfledger as command
from ledger.errors import PerfledgerError
from ledger.verify.results import Result
from tests.cli.command import perfledger

COMMON_CODES = {1, 2, 65, 66, 69, 75, 78}
"""As the help of `perfledger` documents them."""

AS_A_SHELL = {126, 127}
"""A command that `run` cannot start exits with what a shell gives."""


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield (*path, name)
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


ALL = list(commands(command))
LEAVES = [path for path in ALL if not any(other[:-1] == path for other in ALL)]


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_a_help_text(path: tuple[str, ...]):
    outcome = perfledger(Path("nowhere"), *path, "--help")

    assert outcome.code == 0
    assert outcome.out.startswith("Usage: ")


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_shows_an_example(path: tuple[str, ...]):
    outcome = perfledger(Path("nowhere"), *path, "--help")

    assert "Example" in outcome.out
    example = outcome.out.split("Example", 1)[1]
    assert "perfledger " in example
    assert f" {' '.join(path)}" in example


def test_every_exit_code_is_documented():
    documented = " ".join(perfledger(Path("nowhere"), "--help").out.split())

    for code in COMMON_CODES:
        assert f"{code} " in documented
    assert "exit code" in perfledger(Path("nowhere"), "verify", "--help").out
    assert {errors.InvalidInputError.exit_code, errors.NotFoundError.exit_code} <= COMMON_CODES


def subclasses(kind: type[PerfledgerError]) -> Iterator[type[PerfledgerError]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_error_exits_with_a_code_of_its_kind():
    import ledger.node

    for kind in subclasses(PerfledgerError):
        if kind.__module__.startswith(ledger.__name__):
            assert kind.exit_code in COMMON_CODES | AS_A_SHELL, kind


def test_verifications_have_their_codes_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "proof-format.md").read_text()

    for result in Result:
        assert f"`{result.value}`" in page, result


def test_an_unknown_command_is_wrong_usage():
    outcome = perfledger(Path("nowhere"), "unheard-of")

    assert outcome.code == 2
    assert "unheard-of" in outcome.err


def test_a_wrong_setting_is_named_with_what_to_do(tmp_path: Path):
    outcome = perfledger(tmp_path, "list", PERFLEDGER_APP_PORT="eighty")

    assert outcome.code == 78
    assert "app_port" in outcome.err
    assert "hint: " in outcome.err


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path):
    """As in `perfledger schema | head -1`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger.cli", "--home", tmp_path, "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) != 2
    assert complaint == b""


@pytest.mark.parametrize("arguments", [["run", "--", "true"], ["list"]])
def test_what_needs_no_chain_does_not_wait_for_web3(tmp_path: Path, arguments: list[str]):
    program = (
        "import atexit, sys; from ledger.cli import main\n"
        "atexit.register(lambda: print('web3' in sys.modules))\n"
        "main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PERFLEDGER_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout.splitlines()[-1] == "False", done.stderr
