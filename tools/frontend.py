"""The app's scripts that are built: bundled by esbuild out of ``webapp/frontend``.

    python -m tools.frontend             build what is not built yet, or is out of date
    python -m tools.frontend --if-can    the same, but only say so where there is no Node.js
    python -m tools.frontend --possible  whether it is built, or there is a Node.js to build it

What is built is not in the repository, as nobody could review it; a wheel and a source archive hold
it, so that who installs one needs no Node.js. Without it, the verify page says that it is missing.
"""

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from ledger.errors import PerfledgerError
from tools import node

FOLDER = Path(__file__).resolve().parent.parent / "webapp" / "frontend"
"""The sources, and the lockfile of what they are built of and with."""

BUILT = FOLDER.parent / "static" / "built"
"""Where the app looks for what was built."""

ENTRY_POINTS = {"verify": FOLDER / "page" / "main.js"}
"""The script that each bundle begins with."""

TARGET = "es2022"
"""What browsers of 2023 and later understand; BigInt and module scripts are older."""


class BuildError(PerfledgerError):
    """esbuild refuses the sources."""


def build() -> Path:
    """Builds every bundle, unless they are those of the sources; returns their folder.

    Raises:
        NodeMissingError: there is no Node.js, or npm could not install what the lockfile lists.
        BuildError: esbuild refuses the sources.
    """
    with FileLock(node.lock_path(BUILT), timeout=2 * node.INSTALL_SECONDS):
        if not is_current():
            _bundle(node.npm_ci(FOLDER))
    return BUILT


def is_current() -> bool:
    """Whether every bundle is there, and built from the sources as they are."""
    stamp = _stamp().encode()
    bundles = [BUILT / f"{name}.js" for name in ENTRY_POINTS]
    return all(path.is_file() and path.read_bytes().startswith(stamp) for path in bundles)


def _bundle(modules: Path) -> None:
    # In ASCII, so that nothing depends on the charset that a header names.
    options = ["--bundle", "--minify", "--format=esm", f"--target={TARGET}", "--charset=ascii"]
    options += [f"--banner:js={_stamp()}", "--legal-comments=inline"]
    entries = [f"{name}={path}" for name, path in ENTRY_POINTS.items()]
    try:
        node.find().run(
            modules / "esbuild" / "bin" / "esbuild",
            [*entries, *options, f"--outdir={BUILT}"],
            cwd=FOLDER,
        )
    except subprocess.CalledProcessError as error:
        raise BuildError(f"the app's scripts cannot be built: {error.stderr.strip()}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds; 0 if the bundles are there, or if nobody minds that they are not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--if-can", action="store_true", help="without Node.js, go on without")
    parser.add_argument("--possible", action="store_true", help="build nothing, only look")
    asked = parser.parse_args(arguments)
    try:
        if not asked.possible:
            build()
        elif not is_current():
            node.find()
    except node.NodeMissingError as error:
        if not asked.possible:
            print(f"The verify page will not check in the browser: {error.diagnostics()}")
        return 0 if asked.if_can else 1
    except PerfledgerError as error:
        print(error.diagnostics(), file=sys.stderr)
        return 1
    return 0


def sources() -> Iterator[Path]:
    """Every file that a bundle depends on."""
    for folder in ("verify", "page"):
        yield from sorted((FOLDER / folder).rglob("*.js"))
    yield FOLDER / "package-lock.json"
    yield Path(__file__)


def _stamp() -> str:
    """What a bundle begins with: a comment that names the sources it was built from."""
    found = hashlib.sha256()
    for path in sources():
        content = path.read_bytes()
        found.update(f"{path.name} {len(content)}\n".encode())
        found.update(content)
    return f"/* built from {found.hexdigest()} */"


if __name__ == "__main__":
    sys.exit(main())
