"""Apache Flink, as PyPI has it: Python's part, all JARs and scripts, a third of a gigabyte."""

from collections.abc import Mapping
from pathlib import Path

from tools.services.framework import Framework
from tools.services.java import Java
from tools.services.service import FOLDER


class Flink(Framework):
    """The PyFlink in the folder that ``FLINK_PACKAGES`` names, else the installed one.

    Of what PyFlink depends on, only what its Table API needs comes with it.
    """

    name = "Flink"
    needed_for = "tests of jobs that real Flink runs"
    by_hand = (
        "put java (17 or newer) on PATH, and set FLINK_PACKAGES to a folder that "
        "`pip install --target FOLDER apache-flink` made"
    )

    named_by = "FLINK_PACKAGES"
    package = "pyflink"
    jars = "lib"
    packages: Mapping[str, str] = {
        "apache-flink-libraries==2.3.0": (
            "38ece876553286b3a285cf344c2d2038f8a7ca10da5df54d5107250386d64151"
        ),
        "apache-flink==2.3.0": (
            "0e5f612704de1610b153e919c0564b62ad513cddfcf4960f5a021658cdf41a13 "  # Linux, 3.11
            "c0608b3b5f57e252c2c26f7f963d7a1b5ba664172d6f76e8df237a4f159fbff3 "  # Linux, 3.12
            "7937b49423c29b5932093c5e50b733ea8a22572289e86e0e19ef139199c08024 "  # macOS, 3.11
            "12240243e83e03c702e5a0f52d66cb703fbfa525303a01b061950458cebb721b"  # macOS, 3.12
        ),
        "py4j==0.10.9.7": "85defdfd2b2376eb3abf5ca6474b51ab7e0de341c75a02f46dc9b5976f5a5c1b",
        "ruamel.yaml==0.19.1": "27592957fedf6e0b62f281e96effd28043345e0e66001f97683aa9a40c667c93",
    }

    def __init__(self, folder: Path = FOLDER / "flink", java: Java | None = None) -> None:
        super().__init__(folder, java or Java())
