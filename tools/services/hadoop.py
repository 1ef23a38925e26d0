"""Apache Hadoop's YARN and MapReduce, as Maven Central has them: JARs, 93 MB."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.services.java import Java
from tools.services.service import DOWNLOAD_SECONDS
from tools.services.service import FOLDER
from tools.services.service import NotInstallableError
from tools.services.service import attempt

_PROJECT = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>perfledger</groupId>
  <artifactId>services</artifactId>
  <version>1</version>
  <dependencies>{dependencies}</dependencies>
</project>
"""
_DEPENDENCY = """
    <dependency>
      <groupId>org.apache.hadoop</groupId>
      <artifactId>{name}</artifactId>
      <version>{version}</version>
    </dependency>"""


class Hadoop:
    """The JARs in the folder that ``HADOOP_JARS`` names, else those that Maven gets."""

    name = "Hadoop"
    needed_for = "tests of jobs that real Hadoop runs"
    by_hand = (
        "put java (17 or newer) on PATH, and mvn (Maven 3), and install again; or set HADOOP_JARS "
        "to a folder with all JARs of Hadoop 3.4"
    )

    version = "3.4.2"
    artifacts: Sequence[str] = (
        "hadoop-common",
        "hadoop-yarn-server-resourcemanager",
        "hadoop-yarn-server-nodemanager",
        "hadoop-yarn-server-timelineservice",
        "hadoop-mapreduce-client-hs",
        "hadoop-mapreduce-client-jobclient",
        "hadoop-mapreduce-client-shuffle",
        "hadoop-mapreduce-examples",
    )
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"

    checksum = "3c6f970ffc26d4bcc16cbcbcdaaea5675ea9c3799696b8e72c536a8ed54f7a01"
    """SHA-256 of all JARs: of their names and SHA-256, in order."""

    def __init__(self, folder: Path = FOLDER / "hadoop", java: Java | None = None) -> None:
        self._folder = folder
        self._java = java or Java()

    def find(self) -> Path | None:
        """The folder, if there is a Java for it."""
        named = os.environ.get("HADOOP_JARS")
        folder = Path(named) if named else self._folder
        is_whole = any(folder.glob("hadoop-common-*.jar")) and self._java.is_there()
        return folder if is_whole else None

    @property
    def java(self) -> Path:
        """The Java that runs it."""
        return self._java.program

    def install(self) -> None:
        """From Maven Central, in less than a minute.

        Raises:
            NotInstallableError: there is no Maven or no Java, or the JARs do not come or are
                others.
        """
        maven = shutil.which("mvn")
        if maven is None:
            raise NotInstallableError("there is no mvn on PATH")
        self._java.install()
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder.parent) as temporary:
            jars = Path(temporary) / "jars"
            attempt(lambda: self._fetch(maven, Path(temporary), jars))
            require_checksum(jars, self.checksum)
            shutil.rmtree(self._folder, ignore_errors=True)
            jars.rename(self._folder)

    def _fetch(self, maven: str, folder: Path, jars: Path) -> None:
        listed = "".join(
            _DEPENDENCY.format(name=each, version=self.version) for each in self.artifacts
        )
        project = _PROJECT.format(dependencies=listed)
        (folder / "pom.xml").write_text(project, encoding="utf-8")
        command = [maven, "-q", "-B", "-f", str(folder), f"{self.plugin}:copy-dependencies"]
        options = ["-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
        try:
            subprocess.run(
                [*command, *options],
                check=True,
                capture_output=True,
                text=True,
                timeout=DOWNLOAD_SECONDS,
            )
        except subprocess.CalledProcessError as error:
            said = "\n".join(error.stdout.strip().splitlines()[-3:])
            raise NotInstallableError(f"mvn failed: {said}") from error
        except (subprocess.TimeoutExpired, OSError) as error:
            raise NotInstallableError(str(error)) from error


def require_checksum(folder: Path, expected: str) -> None:
    """Check that a folder holds these JARs and no others.

    Raises:
        NotInstallableError: it does not.
    """
    lines = [
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n"
        for each in sorted(folder.iterdir())
    ]
    found = hashlib.sha256("".join(lines).encode()).hexdigest()
    if found != expected:
        raise NotInstallableError(f"the JARs are not those they should be: {found}")
