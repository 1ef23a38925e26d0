"""The app's scripts, checked by ESLint, as ruff checks what is Python.

    python -m tools.javascript             check every script of the app
    python -m tools.javascript --if-can    the same, but only say so where there is no Node.js

What is checked is in ``tools/eslint/eslint.config.js``, and ESLint itself in the lockfile beside,
apart from what the scripts are built with: who only builds them needs none of it.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ledger.errors import PerfledgerError
from tools import node

ROOT = Path(__file__).resolve().parent.parent

FOLDER = ROOT / "tools" / "eslint"
"""ESLint's lockfile and what it looks for."""

CHECKED = (ROOT / "webapp" / "static" / "js", ROOT / "webapp" / "frontend")


class ScriptFaultError(PerfledgerError):
    """ESLint finds fault with a script."""


def check(paths: Sequence[Path] = CHECKED, *, root: Path = ROOT) -> None:
    """Check scripts; folders with all that is below.

    Args:
        paths: the scripts.
        root: the folder below which they are; patterns of the configuration are relative to it.

    Raises:
        NodeMissingError: there is no Node.js, or npm could not install what the lockfile lists.
        ScriptFaultError: there is a fault, named with its file and line.
    """
    modules = node.npm_ci(FOLDER)
    options = ["--config", str(FOLDER / "eslint.config.js"), "--max-warnings", "0"]
    try:
        node.find().run(
            modules / "eslint" / "bin" / "eslint.js", [*options, *map(str, paths)], cwd=root
        )
    except subprocess.CalledProcessError as error:
        raise ScriptFaultError(
            f"the app's scripts have faults:\n{(error.stdout + error.stderr).strip()}",
            hint="Mend them, or say at the line why it is right: // eslint-disable-next-line",
        ) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Check; 0 if nothing is wrong, or if nobody minds that nothing could be checked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--if-can", action="store_true", help="without Node.js, go on without")
    asked = parser.parse_args(arguments)
    try:
        check()
    except node.NodeMissingError as error:
        print(f"The app's scripts are not checked: {error.diagnostics()}")
        return 0 if asked.if_can else 1
    except PerfledgerError as error:
        print(error.diagnostics(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
