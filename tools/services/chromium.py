"""The browser."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.errors import UnavailableError
from tools import node
from tools.services.npm import download
from tools.services.service import DOWNLOAD_SECONDS
from tools.services.service import FOLDER
from tools.services.service import NotInstallableError
from tools.services.service import attempt


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium.

    Attributes:
        path: the program.
        env: variables it has to be started with, besides the present ones.
    """

    path: Path
    env: Mapping[str, str] = field(default_factory=dict)


class Chromium:
    """The browser: a headless shell, else whatever Chromium the system has.

    A shell has no windows to draw: of the tests in a browser it takes a third less CPU time. Where
    there is none, it comes from the npm package ``@sparticuz/chromium``.
    """

    name = "Chromium"
    needed_for = "tests of the web app in a browser"
    by_hand = "apt-get install chromium, or put chromium or google-chrome on PATH"

    shells = ("chromium-headless-shell", "headless_shell")
    programs = ("chromium", "chromium-browser", "google-chrome")
    package = "@sparticuz/chromium@147.0.0"
    integrity = (
        "sha512-4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5s"
        "QUJUQmN4r+q5+EhaaOUHpQ=="
    )
    """Of the package's archive, as npm's registry lists it."""

    archives = ("al2023.tar.br", "swiftshader.tar.br")
    """Shared libraries that a bare system lacks; they are found through LD_LIBRARY_PATH."""

    def __init__(self, folder: Path = FOLDER / "chromium") -> None:
        self._folder = folder

    @property
    def libraries(self) -> Path:
        """Where the package's shared libraries are."""
        return self._folder / "lib"

    def find(self) -> Path | None:
        """A shell, else a browser on PATH."""
        return self.best() or _on_path(self.programs)

    def best(self) -> Path | None:
        """A shell on PATH, else the installed one."""
        own = self._folder / "chromium"
        return _on_path(self.shells) or (own if own.is_file() else None)

    def browser(self) -> Browser | None:
        """The browser with the environment it needs."""
        path = self.find()
        if path is None or path.parent != self._folder:
            return None if path is None else Browser(path)
        return Browser(path, {"LD_LIBRARY_PATH": f"{self.libraries}:{self._folder}"})

    def install(self) -> None:
        """A shell from npm; failing that, where there is no browser either, from Debian's packages.

        Raises:
            NotInstallableError: neither worked.
        """
        failures = []
        ways = [self._from_npm] if self.find() else [self._from_npm, self._from_apt]
        for way in ways:
            try:
                way()
            except (UnavailableError, subprocess.SubprocessError, OSError) as error:
                failures.append(f"{way.__name__.removeprefix('_from_')}: {error}")
            else:
                return
        raise NotInstallableError("; ".join(failures), hint=self.by_hand)

    def _from_npm(self) -> None:
        found = node.find()
        with TemporaryDirectory() as temporary:
            archive = download(found, self.package, self.integrity, Path(temporary))
            with tarfile.open(archive) as package:
                package.extractall(temporary, filter="data")
            unpacked = Path(temporary) / "package" / "bin"
            self._folder.mkdir(parents=True, exist_ok=True)
            for name in self.archives:
                with tarfile.open(fileobj=io.BytesIO(brotli(found, unpacked / name))) as libraries:
                    libraries.extractall(self._folder, filter="data")
            program = self._folder / "chromium.part"
            program.write_bytes(brotli(found, unpacked / "chromium.br"))
        program.chmod(0o755)
        self._require_start(program)
        program.rename(self._folder / "chromium")

    def _require_start(self, program: Path) -> None:
        """A browser that lacks a library is worse than none: tests would fail, not be skipped."""
        environment = os.environ | {"LD_LIBRARY_PATH": f"{self.libraries}:{self._folder}"}
        subprocess.run(
            [program, "--version"], env=environment, check=True, capture_output=True, timeout=60
        )

    def _from_apt(self) -> None:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            raise NotInstallableError("needs root on Debian or Ubuntu")
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
            attempt(partial(_apt_get, arguments))


def _on_path(programs: Sequence[str]) -> Path | None:
    found = next(filter(None, map(shutil.which, programs)), None)
    return None if found is None else Path(found)


def _apt_get(arguments: Sequence[str]) -> None:
    subprocess.run(
        ["apt-get", *arguments],
        check=True,
        capture_output=True,
        timeout=DOWNLOAD_SECONDS,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )


def brotli(found: node.Node, path: Path) -> bytes:
    """A file's content, unpacked by Node: Python's standard library has no Brotli."""
    script = "process.stdout.write(zlib.brotliDecompressSync(fs.readFileSync(process.argv[1])))"
    return subprocess.run(
        [found.executable, "-e", script, path], check=True, capture_output=True, timeout=120
    ).stdout
