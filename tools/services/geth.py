"""The Ethereum node that most of the network runs."""

import json
import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.services import go
from tools.services.service import FOLDER
from tools.services.service import NotInstallableError
from tools.services.service import attempt


class Geth:
    """The ``geth`` on PATH, else one built from its Go module."""

    name = "geth"
    needed_for = "tests of contracts, proofs and whole ledgers on geth"
    by_hand = "put geth (1.16 or newer) on PATH; or Go 1.24 or newer, and install again"

    module = "github.com/ethereum/go-ethereum"
    version = "v1.17.0"
    """Its ``--dev`` chain has the rules of today's mainnet (Osaka); that of later versions has
    those of forks to come, which price gas otherwise."""

    min_go = (1, 24)

    checksum = "h1:2D+1Fe23CwZ5tQoAS5DfwKFNI1HGcTwi65/kRlAVxes="
    """Of the module's files, as its ``go.sum`` line has it. Go checks those it depends on."""

    def __init__(self, folder: Path = FOLDER / "geth") -> None:
        self._folder = folder

    def find(self) -> Path | None:
        """The program on PATH, else the built one."""
        if path := shutil.which("geth"):
            return Path(path)
        own = self._folder / "geth"
        return own if own.is_file() else None

    def install(self) -> None:
        """Build it: about two minutes on two cores, once; Go keeps what it compiled.

        Raises:
            NotInstallableError: there is no Go, or the module does not come or build.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder) as temporary:
            tool = go.find(self.min_go) or go.fetch(Path(temporary))
            attempt(partial(self._require_checksum, tool))
            package = f"{self.module}/cmd/geth@{self.version}"
            arguments = ["install", "-trimpath", "-ldflags=-s -w", package]
            attempt(partial(go.run, tool, arguments, GOBIN=temporary))
            (Path(temporary) / "geth").rename(self._folder / "geth")

    def _require_checksum(self, tool: Path) -> None:
        said = go.run(tool, ["mod", "download", "-json", f"{self.module}@{self.version}"])
        found = json.loads(said)["Sum"]
        if found != self.checksum:
            raise NotInstallableError(f"{self.module} is not the module it should be: {found}")
