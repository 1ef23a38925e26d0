"""The official suite, where it is installed: github.com/ipfs/gateway-conformance.

It is not required, even in CI: the Go module proxy answers 403 for every version of the module, so
that no machine without another source can build it. What it asks for is among the cases of
`test_conformance`, which run everywhere.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from ledger import settings
from ledger.ipld.car import CARReader
from ledger.node import Node
from tests.serving.serving import Served
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
        with Served(create_peer_app(node)) as server:
            done = subprocess.run(
                [
                    suite,
                    "test",
                    f"--gateway-url={server.url}",
                    f"--specs={SPECS}",
                    "--json",
                    str(tmp_path / "report.json"),
                ],
                capture_output=True,
                text=True,
                timeout=MINUTES * 60,
                check=False,
            )

    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
