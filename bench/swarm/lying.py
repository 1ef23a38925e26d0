"""A peer whose blocks are wrong, see `bench.swarm.liar`."""

import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from bench.network import Host
from bench.swarm.chain import Chain
from bench.swarm.liar import LOOPBACK
from bench.swarm.peer import PORT
from bench.swarm.peer import ROOT
from bench.swarm.peer import Peer

NODE_PORT = 8081


class LyingPeer(Peer):
    """An honest node that nobody reaches but through a proxy that lies."""

    def __init__(
        self,
        host: Host,
        folder: Path,
        chain: Chain,
        peers: Sequence[str],
        options: Mapping[str, str] | None = None,
    ) -> None:
        hidden = {"PERFLEDGER_NODE_HOST": LOOPBACK, "PERFLEDGER_NODE_PORT": str(NODE_PORT)}
        super().__init__(host, folder, chain, peers, {**(options or {}), **hidden})
        self._said = folder / "lies"
        self._proxy: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the node and the proxy."""
        super().start()
        with self._said.open("ab") as said:
            address = [self.host.address, str(PORT), str(NODE_PORT)]
            command = [sys.executable, "-m", "bench.swarm.liar", *address]
            self._proxy = self.host.start(command, said, folder=ROOT)

    def lies(self) -> int:
        """Answers that it changed."""
        return self._said.read_text(encoding="utf-8", errors="replace").count("lied")
