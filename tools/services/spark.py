"""Apache Spark, as PyPI has it: Python's part with all the JARs, half a gigabyte."""

from collections.abc import Mapping
from pathlib import Path

from tools.services.framework import Framework
from tools.services.java import Java
from tools.services.service import FOLDER


class Spark(Framework):
    """The PySpark in the folder that ``SPARK_PACKAGES`` names, else the installed one.

    Where no Java is on PATH, one comes beside it.
    """

    name = "Spark"
    needed_for = "tests of event logs that real Spark writes"
    by_hand = (
        "put java (17 or newer) on PATH, and set SPARK_PACKAGES to a folder that "
        "`pip install --target FOLDER pyspark` made"
    )

    named_by = "SPARK_PACKAGES"
    package = "pyspark"
    jars = "jars"
    packages: Mapping[str, str] = {
        "pyspark==4.3.0": "e8c517948eff7088a7aa07449aa8eafa4a15a8d50319de2525a6fd26622476c6",
        "py4j==0.10.9.9": "c7c26e4158defb37b0bb124933163641a2ff6e3a3913f7811b0ddbe07ed61533",
    }

    def __init__(self, folder: Path = FOLDER / "spark") -> None:
        super().__init__(folder, Java(folder.with_name(folder.name + "-java")))
