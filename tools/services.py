"""The services that tests use and Python cannot bring: found, or installed into ``.services/``.

``python tools/services.py install`` gets what is missing, ``check`` only looks. Both print what is
there and how to get the rest. What cannot be had is skipped by the tests that need it, except
under ``CI=true``, where it is an error.

A service is one small class with a name, what needs it, `Service.find` and `Service.install`,
listed in `SERVICES`.
"""

import argparse
import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from typing import TypeVar

from filelock import FileLock
from tenacity import retry
from tenacity import stop_after_attempt
from tenacity import wait_exponential

from ledger.errors import UnavailableError
from tools import node

FOLDER = Path(__file__).resolve().parent.parent / ".services"
"""Ignored by git."""

ATTEMPTS = 3
"""Registries drop connections now and then."""

DOWNLOAD_SECONDS = 600

Answer = TypeVar("Answer")


class NotInstallableError(UnavailableError):
    """A service cannot be had here; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium.

    Attributes:
        path: the program.
        env: variables it has to be started with, besides the present ones.
    """

    path: Path
    env: Mapping[str, str] = field(default_factory=dict)


class Service(Protocol):
    """Something that tests start and that is no Python package.

    Attributes:
        name: for people.
        needed_for: what is skipped without it.
        by_hand: how to get it where `install` cannot.
    """

    name: str
    needed_for: str
    by_hand: str

    def find(self) -> Path | None:
        """The program, if it is here."""

    def install(self) -> None:
        """Get it.

        Raises:
            NotInstallableError: it cannot be had here.
        """


class Chromium:
    """The browser: the system's, else the one in the npm package ``@sparticuz/chromium``."""

    name = "Chromium"
    needed_for = "tests of the web app in a browser"
    by_hand = "apt-get install chromium, or put chromium or google-chrome on PATH"

    programs = ("chromium", "chromium-browser", "google-chrome", "headless_shell")
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
        """The browser on PATH, else the installed one."""
        for program in self.programs:
            if path := shutil.which(program):
                return Path(path)
        own = self._folder / "chromium"
        return own if own.is_file() else None

    def browser(self) -> Browser | None:
        """The browser with the environment it needs."""
        path = self.find()
        if path is None or path.parent != self._folder:
            return None if path is None else Browser(path)
        return Browser(path, {"LD_LIBRARY_PATH": f"{self.libraries}:{self._folder}"})

    def install(self) -> None:
        """From npm and, failing that, from Debian's packages where this process may.

        Raises:
            NotInstallableError: neither worked.
        """
        failures = []
        for way in (self._from_npm, self._from_apt):
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
            _attempt(partial(_apt_get, arguments))


def _apt_get(arguments: Sequence[str]) -> None:
    subprocess.run(
        ["apt-get", *arguments],
        check=True,
        capture_output=True,
        timeout=DOWNLOAD_SECONDS,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )


def chromium() -> Browser | None:
    """The browser for tests, or None if there is none."""
    return Chromium().browser()


def download(found: node.Node, package: str, integrity: str, folder: Path) -> Path:
    """An npm package's archive, checked against its SHA-512.

    Raises:
        NotInstallableError: what came is another archive.
    """

    def pack() -> str:
        return found.run(
            found.npm, ["pack", package, "--json", "--silent"], cwd=folder, timeout=DOWNLOAD_SECONDS
        )

    archive = folder / str(json.loads(_attempt(pack))[0]["filename"])
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != integrity:
        raise NotInstallableError(f"{package} is not the archive it should be: sha512-{digest}")
    return archive


def brotli(found: node.Node, path: Path) -> bytes:
    """A file's content, unpacked by Node: Python's standard library has no Brotli."""
    script = "process.stdout.write(zlib.brotliDecompressSync(fs.readFileSync(process.argv[1])))"
    return subprocess.run(
        [found.executable, "-e", script, path], check=True, capture_output=True, timeout=120
    ).stdout


def _attempt(action: Callable[[], Answer]) -> Answer:
    return retry(stop=stop_after_attempt(ATTEMPTS), wait=wait_exponential(max=10), reraise=True)(
        action
    )()


SERVICES: Sequence[Service] = (Chromium(),)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is there; 1 if something is missing and CI=true, else 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("action", choices=("install", "check"))
    action = parser.parse_args(arguments).action
    missing = [service.name for service in SERVICES if not _report(service, action == "install")]
    return 1 if missing and os.environ.get("CI") == "true" else 0


def _report(service: Service, install: bool) -> bool:
    problem = _try_install(service) if install and service.find() is None else ""
    path = service.find()
    if path is not None:
        print(f"{service.name}: {path}")
        return True
    print(f"{service.name}: missing; without it, {service.needed_for} are skipped")
    if problem:
        print(f"  it could not be installed: {problem}")
    print(f"  by hand: {service.by_hand}")
    return False


def _try_install(service: Service) -> str:
    FOLDER.mkdir(exist_ok=True)
    with FileLock(FOLDER / ".lock", timeout=DOWNLOAD_SECONDS):
        if service.find() is not None:
            return ""
        print(f"{service.name}: installing")
        try:
            service.install()
        except NotInstallableError as error:
            return error.message
    return ""


if __name__ == "__main__":
    sys.exit(main())
