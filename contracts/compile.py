"""Compiles the contracts: ``python -m contracts.compile [--check]``.

The compiler is solc in the version that ``package.json`` pins, driven by py-solc-x: the native
program where py-solc-x has it or can download it, else npm's, which gives the same bytecode. The
result is one JSON file per contract, the same to the byte on every machine.
"""

import json
import shlex
import sys
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import solcx
from packaging.version import Version
from requests.exceptions import RequestException
from solcx.exceptions import SolcError

from contracts import ARTEFACTS
from contracts import NAMES
from contracts import sources
from ledger.errors import PerfledgerError
from tools import node

SETTINGS: Mapping[str, Any] = {
    "evmVersion": "cancun",
    "optimizer": {"enabled": True, "runs": 200},
    "viaIR": True,
}
"""Pipeline and optimizer runs are by measurement, see contracts/README.md."""

_OUTPUTS = [
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.immutableReferences",
    "evm.deployedBytecode.object",
    "metadata",
    "storageLayout",
]


class CompileError(PerfledgerError):
    """The sources do not compile."""


@contextmanager
def compiler(version: str) -> Iterator[Path]:
    """An executable solc of a version, native if it can be had, else npm's."""
    if _native(version):
        yield Path(solcx.install.get_executable(Version(version)))
        return
    with tempfile.TemporaryDirectory() as folder:
        launcher = Path(folder) / "solc"
        command = [str(node.find().executable), str(sources.FOLDER / "solc.cjs")]
        launcher.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
        launcher.chmod(0o700)
        yield launcher


def compiled(
    folder: str, names: tuple[str, ...] | None = None, settings: Mapping[str, Any] = SETTINGS
) -> dict[str, str]:
    """The artefacts of the contracts in a folder, by file name.

    Args:
        folder: a folder of the repository with Solidity sources.
        names: the contracts wanted; by default every one with code that the folder's sources hold.
        settings: the compiler's settings (standard JSON), without its output selection.

    Raises:
        CompileError: the compiler refused, or warned of one of our sources.
        NodeMissingError: npm's packages, OpenZeppelin's sources among them, cannot be had.
    """
    node.npm_ci(sources.FOLDER)
    units = sources.units(folder)
    texts = sources.closure(units)
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in texts.items()},
        "settings": {**settings, "outputSelection": {unit: {"*": _OUTPUTS} for unit in units}},
    }
    with compiler(sources.locked_version("solc")) as solc:
        answer = standard_json(request, solc)
    found = {
        name: contract
        for unit in units
        for name, contract in answer["contracts"].get(unit, {}).items()
        if contract["evm"]["bytecode"]["object"] and (names is None or name in names)
    }
    return {
        f"{name}.json": _text(_artefact(name, contract, texts, settings))
        for name, contract in sorted(found.items())
    }


def _native(version: str) -> bool:
    if Version(version) in solcx.get_installed_solc_versions():
        return True
    try:
        solcx.install_solc(version)
    except (RequestException, solcx.exceptions.SolcInstallationError, OSError):
        return False
    return True


def standard_json(request: Mapping[str, Any], solc: Path) -> dict[str, Any]:
    """What solc answers to a request (standard JSON).

    Raises:
        CompileError: it refused, or warned of one of our sources.
    """
    try:
        answer: dict[str, Any] = solcx.compile_standard(dict(request), solc_binary=solc)
    except SolcError as error:
        raise CompileError(f"the contracts do not compile:\n{error.message}") from error
    warnings = [
        warning["formattedMessage"]
        for warning in answer.get("errors", [])
        if not warning.get("sourceLocation", {}).get("file", "").startswith("@")
    ]
    if warnings:
        raise CompileError("the compiler warns:\n" + "\n".join(warnings))
    return answer


def _artefact(
    name: str, contract: Mapping[str, Any], texts: Mapping[str, str], settings: Mapping[str, Any]
) -> dict[str, Any]:
    metadata = json.loads(contract["metadata"])
    code = contract["evm"]
    return {
        "name": name,
        "abi": contract["abi"],
        "bytecode": "0x" + code["bytecode"]["object"],
        "deployedBytecode": "0x" + code["deployedBytecode"]["object"],
        "immutableReferences": code["deployedBytecode"]["immutableReferences"],
        "storageLayout": contract["storageLayout"],
        "compiler": metadata["compiler"]["version"],
        "settings": settings,
        "sources": {unit: sources.digest(texts[unit]) for unit in metadata["sources"]},
        "dependencies": {
            package: sources.locked_version(package)
            for package in sources.packages(metadata["sources"])
        },
    }


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _outputs() -> dict[Path, str]:
    for_tests = sources.ROOT / sources.FOR_TESTS / "artifacts"
    return {
        **{ARTEFACTS / name: text for name, text in compiled(sources.OWN, NAMES).items()},
        **{for_tests / name: text for name, text in compiled(sources.FOR_TESTS).items()},
    }


def differing(outputs: Mapping[Path, str]) -> list[str]:
    """The names of files that are missing, too many or not as they should be.

    Args:
        outputs: what each file of the folders that occur should hold.
    """
    expected = set(outputs)
    present = {path for folder in {path.parent for path in outputs} for path in folder.glob("*")}
    return sorted(
        path.name
        for path in expected | present
        if not path.is_file() or path.read_text(encoding="utf-8") != outputs.get(path)
    )


def _write(outputs: Mapping[Path, str]) -> None:
    for path, text in outputs.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if the artefacts would change.")
def main(check: bool) -> None:
    """Compile the contracts and write, or check, their artefacts."""
    try:
        outputs = _outputs()
    except PerfledgerError as error:
        click.echo(error.diagnostics(), err=True)
        sys.exit(error.exit_code)
    changed = differing(outputs)
    if check and changed:
        click.echo(
            "These artefacts are not what the sources compile to: " + ", ".join(changed) + "\n"
            "Run `python -m contracts.compile` and commit the result.",
            err=True,
        )
        sys.exit(1)
    if not check:
        _write(outputs)
    click.echo(f"{len(outputs)} artefacts match the sources ({len(changed)} written anew)")


if __name__ == "__main__":
    main()
