"""Solidity sources and what they import, by the names under which the compiler knows them.

Own sources are named by their path in the repository, OpenZeppelin's as they are imported. Names
and texts are all the compiler is given, so its output does not depend on where the files lie.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from contracts import Artefact

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent
OWN = "contracts/src"
FOR_TESTS = "tests/contracts/solidity"

_IMPORT = re.compile(r"^import\s[^;]*?\"([^\"]+)\"\s*;", re.MULTILINE | re.DOTALL)


def units(folder: str) -> list[str]:
    """The names of the source units in a folder of the repository, sorted."""
    return sorted(f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.sol"))


def closure(names: Iterable[str]) -> dict[str, str]:
    """The texts of source units and of everything they import, by name.

    Raises:
        FileNotFoundError: a unit is missing; npm's packages have to be installed first.
    """
    texts: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in texts:
            texts[name] = _path(name).read_text(encoding="utf-8")
            waiting += [_resolved(name, target) for target in _IMPORT.findall(texts[name])]
    return dict(sorted(texts.items()))


def digest(text: str) -> str:
    """The SHA-256 of a source's text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def locked_version(package: str) -> str:
    """The version of an npm package that the lockfile pins."""
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{package}"]["version"])


def packages(names: Iterable[str]) -> list[str]:
    """The npm packages that source units come from, sorted."""
    return sorted({"/".join(name.split("/")[:2]) for name in names if name.startswith("@")})


def out_of_date(artefact: Artefact) -> list[str]:
    """The sources that differ from those an artefact was compiled from; needs no compiler.

    Own sources are compared by their digests, npm packages by the version in the lockfile.
    """
    stale = [
        name
        for name, recorded in artefact.sources.items()
        if not name.startswith("@") and _digest_now(name) != recorded
    ]
    moved = [
        package
        for package, version in artefact.dependencies.items()
        if locked_version(package) != version
    ]
    return stale + moved


def _digest_now(name: str) -> str:
    try:
        return digest(_path(name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "missing"


def _resolved(importer: str, target: str) -> str:
    if not target.startswith("."):
        return target
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), target))


def _path(name: str) -> Path:
    return FOLDER / "node_modules" / name if name.startswith("@") else ROOT / name
