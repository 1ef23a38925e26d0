"""Static analysis of the contracts by Slither: ``python -m tools.slither``.

Slither's dependencies are its own, so it gets an environment of its own, built on first use. Every
finding is either mended or listed with its reason in ``contracts/slither.json``; what is found and
not listed, and what is listed and no longer found, ends in exit code 1.
"""

import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from contracts import sources
from contracts.compile import compiler
from ledger.errors import PerfledgerError
from tools import node

VERSION = "0.11.6"
ENVIRONMENT = sources.ROOT / ".venv-slither"
JUSTIFIED = sources.FOLDER / "slither.json"
OPTIONS = (
    "--solc-standard-json",
    "--solc-remaps=@openzeppelin/=node_modules/@openzeppelin/",
    "--filter-paths=node_modules",
    "--fail-none",
    "--json=-",
)


class SlitherError(PerfledgerError):
    """Slither could not be installed, or did not finish."""


@dataclass(frozen=True, order=True)
class Finding:
    """What a detector says of a place.

    Attributes:
        check: the detector.
        place: the contract and function, as ``Contract.function``.
    """

    check: str
    place: str


def installed() -> Path | None:
    """The program, if it is installed in the pinned version."""
    program = ENVIRONMENT / "bin/slither"
    return program if program.exists() and (ENVIRONMENT / VERSION).exists() else None


def install() -> Path:
    """Build the environment, unless it is there; returns the program.

    Raises:
        SlitherError: pip could not install it.
    """
    found = installed()
    if found is not None:
        return found
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(ENVIRONMENT / "bin/python"), "-m", "pip", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "install", f"slither-analyzer=={VERSION}"], check=False)
    if done.returncode:
        raise SlitherError(
            "pip could not install Slither", hint="It needs to reach PyPI once; try again later."
        )
    (ENVIRONMENT / VERSION).touch()
    return ENVIRONMENT / "bin/slither"


def findings(program: Path) -> set[Finding]:
    """What Slither finds in our sources; OpenZeppelin's are analysed, but not reported on.

    Raises:
        SlitherError: it did not finish.
    """
    node.npm_ci(sources.FOLDER)
    with compiler(sources.locked_version("solc")) as solc:
        done = subprocess.run(
            [str(program), "src", f"--solc={solc}", *OPTIONS],
            cwd=sources.FOLDER,
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {"success": False, "error": done.stderr[-2_000:]}
    if not answer["success"]:
        raise SlitherError(f"Slither did not finish: {answer['error']}", hint="See its message.")
    detected = answer["results"].get("detectors", [])
    return {Finding(each["check"], _place(each["elements"][0])) for each in detected}


def justified() -> dict[Finding, str]:
    """The findings that stay, and why."""
    listed = json.loads(JUSTIFIED.read_text(encoding="utf-8"))
    return {
        Finding(group["check"], place): group["why"]
        for group in listed
        for place in group["places"]
    }


def differences(found: set[Finding], reasons: dict[Finding, str]) -> Iterator[str]:
    """What has to be mended or justified, and what needs no justification any more."""
    for finding in sorted(found - reasons.keys()):
        yield f"found: {finding.check} in {finding.place}"
    for finding in sorted(reasons.keys() - found):
        yield f"listed, but not found any more: {finding.check} in {finding.place}"


def _place(element: dict[str, dict[str, dict[str, str]]]) -> str:
    parent = element["type_specific_fields"]["parent"]
    return f"{parent['name']}.{element['name']}"


@click.command()
def main() -> None:
    """Analyse the contracts."""
    try:
        found = findings(install())
    except PerfledgerError as error:
        click.echo(error.diagnostics(), err=True)
        sys.exit(error.exit_code)
    wrong = list(differences(found, justified()))
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        click.echo("Mend it, or say in contracts/slither.json why it stays.", err=True)
        sys.exit(1)
    click.echo(f"{len(found)} findings, each of them justified in contracts/slither.json")


if __name__ == "__main__":
    main()
