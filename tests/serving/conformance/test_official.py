"""The official suite, where it is installed: github.com/ipfs/gateway-conformance.

It is not required, even in CI: the Go module proxy answers 403 for every version of the module, so
that no machine without another source can build it. What it asks for is among the cases of
`test_conformance`, which run everywhere.
"""

import shutil
import subprocess
from pathlib import Path
from threading import Thread

import pytest
from waitress.server import create_server

from ledger import settings
from ledger.ipld.car import CARReader
from ledger.node import Node
from webapp.peer import create_peer_app

SPECS = "trustless-block-gateway,trustless-car-gateway"
MINUTES = 5


@pytest.fixture
def suite() -> str:
    program = shutil.which("gateway-conformance")
    if program is None:
        pytest.skip(
            "gateway-conformance is not on PATH: build it from github.com/ipfs/gateway-conformance"
        )
    return program


def load(node: Node, folder: Path) -> int:
    """Put the blocks of every CAR file in a folder into a node's store."""
    blocks = 0
    for path in sorted(folder.rglob("*.car")):
        with path.open("rb") as file:
            blocks += node.blocks.put_many(
                (block.cid.sha256, block.data)
                for block in CARReader(file)
                if block.cid.sha256 is not None
            )
    return blocks


def test_the_official_suite_passes(suite: str, tmp_path: Path):
    folder = tmp_path / "fixtures"
    subprocess.run([suite, "extract-fixtures", f"--directory={folder}"], check=True, timeout=60)
    with Node(settings.load(tmp_path / "home")) as node:
        assert load(node, folder) > 0
        server = create_server(create_peer_app(node), host="127.0.0.1", port=0)
        thread = Thread(target=server.run)
        thread.start()
        try:
            done = subprocess.run(
                [
                    suite,
                    "test",
                    f"--gateway-url=http://127.0.0.1:{server.effective_port}",
                    f"--specs={SPECS}",
                    "--json",
                    str(tmp_path / "report.json"),
                ],
                capture_output=True,
                text=True,
                timeout=MINUTES * 60,
                check=False,
            )
        finally:
            server.close()
            thread.join()

    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
