"""Foundry's development node."""

import platform
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


class Anvil:
    """The ``anvil`` on PATH, else the one in the npm packages of its makers."""

    name = "Anvil"
    needed_for = "tests of contracts, proofs and whole ledgers on Anvil"
    by_hand = "put anvil (of Foundry, 1.0 or newer) on PATH"

    packages: Mapping[tuple[str, str], tuple[str, str]] = {
        ("Linux", "x86_64"): (
            "@foundry-rs/anvil-linux-amd64@1.7.1",
            (
                "sha512-+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ"
                "59383ofNhxkRWIYTg=="
            ),
        ),
    }
    """By system and machine: the package, and its archive's integrity as npm lists it."""

    def __init__(self, folder: Path = FOLDER / "anvil") -> None:
        self._folder = folder

    def find(self) -> Path | None:
        """The program on PATH, else the installed one."""
        if path := shutil.which("anvil"):
            return Path(path)
        own = self._folder / "anvil"
        return own if own.is_file() else None

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

    def _unpack(self, package: str, integrity: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder) as temporary:
            archive = download(node.find(), package, integrity, Path(temporary))
            with tarfile.open(archive) as unpacked:
                unpacked.extractall(temporary, filter="data")
            program = Path(temporary) / "package" / "bin" / "anvil"
            program.chmod(0o755)
            # One that lacks a library is worse than none: tests would fail, not be skipped.
            subprocess.run(
                [program, "--version"], check=True, capture_output=True, timeout=START_SECONDS
            )
            program.rename(self._folder / "anvil")
