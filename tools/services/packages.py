"""Python packages in a folder of their own, off the environment of the tests."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.services.service import DOWNLOAD_SECONDS
from tools.services.service import NotInstallableError
from tools.services.service import attempt


def install_packages(packages: Mapping[str, str], folder: Path) -> None:
    """Install them, from PyPI.

    Args:
        packages: pinned, with the SHA-256 of their archives; several with blanks between them.
        folder: which must not be there yet.

    Raises:
        NotInstallableError: they do not come, or are others.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as temporary:
        listed = Path(temporary) / "requirements.txt"
        lines = [_line(name, digests) for name, digests in packages.items()]
        listed.write_text("".join(lines), encoding="utf-8")
        installed = Path(temporary) / "packages"
        attempt(lambda: _pip("--require-hashes", "--no-deps", "-r", listed, "-t", installed))
        installed.rename(folder)


def _line(name: str, digests: str) -> str:
    return " ".join([name, *(f"--hash=sha256:{each}" for each in digests.split())]) + "\n"


def _pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run(
            [*command, *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        said = "\n".join(error.stderr.strip().splitlines()[-3:])
        raise NotInstallableError(f"pip failed: {said}") from error
    except subprocess.TimeoutExpired as error:
        raise NotInstallableError(str(error)) from error
