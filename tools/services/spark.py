"""Apache Spark, as PyPI has it: Python's part with all the JARs, half a gigabyte."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.services.service import DOWNLOAD_SECONDS
from tools.services.service import FOLDER
from tools.services.service import NotInstallableError
from tools.services.service import attempt

OLDEST_JAVA = 17


class Spark:
    """The PySpark in the folder that ``SPARK_PACKAGES`` names, else the installed one.

    A folder rather than an environment: tests put it onto ``PYTHONPATH`` of a Python of their own
    version. Spark runs in Java, which is not installed here.
    """

    name = "Spark"
    needed_for = "tests of event logs that real Spark writes"
    by_hand = (
        "put java (17 or newer) on PATH, and install again; or set SPARK_PACKAGES to a folder that "
        "`pip install --target FOLDER pyspark` made"
    )

    packages: Mapping[str, str] = {
        "pyspark==4.3.0": "e8c517948eff7088a7aa07449aa8eafa4a15a8d50319de2525a6fd26622476c6",
        "py4j==0.10.9.9": "c7c26e4158defb37b0bb124933163641a2ff6e3a3913f7811b0ddbe07ed61533",
    }
    """With their archives' SHA-256, as the index lists them."""

    def __init__(self, folder: Path = FOLDER / "spark") -> None:
        self._folder = folder

    def find(self) -> Path | None:
        """The folder, if there is a Java for it."""
        named = os.environ.get("SPARK_PACKAGES")
        folder = Path(named) if named else self._folder
        return folder if (folder / "pyspark" / "jars").is_dir() and _java() else None

    def install(self) -> None:
        """From PyPI.

        Raises:
            NotInstallableError: there is no Java, or the packages do not come.
        """
        if not _java():
            raise NotInstallableError(f"there is no Java {OLDEST_JAVA} or newer on PATH")
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder.parent) as temporary:
            listed = Path(temporary) / "requirements.txt"
            lines = (f"{name} --hash=sha256:{digest}\n" for name, digest in self.packages.items())
            listed.write_text("".join(lines), encoding="utf-8")
            packages = Path(temporary) / "packages"
            attempt(lambda: _pip("--require-hashes", "--no-deps", "-r", listed, "-t", packages))
            packages.rename(self._folder)


def _java() -> bool:
    """Whether there is a Java that is new enough."""
    path = shutil.which("java")
    if path is None:
        return False
    asked = [path, "-version"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r'version "(\d+)', said.stderr)
    return found is not None and int(found[1]) >= OLDEST_JAVA


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
