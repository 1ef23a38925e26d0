"""The IPFS node that most of the network runs."""

import json
import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.services import go
from tools.services.service import FOLDER
from tools.services.service import NotInstallableError
from tools.services.service import attempt


class Kubo:
    """The ``ipfs`` on PATH, else one built from its Go module."""

    name = "Kubo"
    needed_for = "tests of stores, CAR files and pins on Kubo"
    by_hand = "put ipfs (of Kubo, 0.40 or newer) on PATH; or Go 1.26 or newer, and install again"

    module = "github.com/ipfs/kubo"
    version = "v0.43.0"
    min_go = (1, 26)

    checksum = "h1:yIqtKSCSKZXsYHz68J6hf1/dWOe/eMyaPsTubsVUb3M="
    """Of the module's files, as a ``go.sum`` line has it."""

    def __init__(self, folder: Path = FOLDER / "kubo") -> None:
        self._folder = folder

    def find(self) -> Path | None:
        """The program on PATH, else the built one."""
        if path := shutil.which("ipfs"):
            return Path(path)
        own = self._folder / "ipfs"
        return own if own.is_file() else None

    def install(self) -> None:
        """Build it: two to three minutes on two cores, once; Go keeps what it compiled.

        Raises:
            NotInstallableError: there is no Go, or the module does not come or build.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder) as temporary:
            tool = go.find(self.min_go) or go.fetch(Path(temporary))
            built = Path(temporary) / "ipfs"
            attempt(partial(self._build, tool, built))
            built.rename(self._folder / "ipfs")

    def _build(self, tool: Path, target: Path) -> None:
        """In the module's own folder, whose ``go.sum`` holds the checksums of all it depends on.

        ``go install module@version`` would ask the proxy for a list of versions, which not every
        mirror gives.
        """
        source = self._source(tool)
        arguments = ["build", "-trimpath", "-ldflags=-s -w", "-o", str(target), "./cmd/ipfs"]
        go.run(tool, arguments, cwd=source, GOFLAGS="-mod=readonly", GOWORK="off")

    def _source(self, tool: Path) -> Path:
        said = go.run(tool, ["mod", "download", "-json", f"{self.module}@{self.version}"])
        found = json.loads(said)
        if found["Sum"] != self.checksum:
            raise NotInstallableError(
                f"{self.module} is not the module it should be: {found['Sum']}"
            )
        return Path(found["Dir"])
