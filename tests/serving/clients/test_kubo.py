"""A real Kubo that knows nobody reads a batch from our node, found by delegated routing."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.ipld.car import CARReader
from ledger.ipld.cid import CID
from ledger.node import Node
from ledger.serving.gateway import Selection
from tests.serving.serving import Served
from tests.store.kubo.daemons import Daemon
from tests.store.kubo.daemons import kubo


@pytest.fixture
def reader(served: Served, tmp_path: Path) -> Iterator[Daemon]:
    """A daemon with an empty repository, whose only router is our node."""
    with kubo(tmp_path / "kubo", start=False) as daemon:
        daemon.configure(
            {
                "Routing": {"Type": "delegated", "DelegatedRouters": [served.url]},
                "HTTPRetrieval": {"Enabled": True},
                "Provide": {"Enabled": False},
                "AutoConf": {"Enabled": False},
                "Ipns": {"DelegatedPublishers": []},
            }
        )
        daemon.start()
        yield daemon


def test_kubo_exports_a_batch_that_only_we_have(reader: Daemon, ledger_node: Node, manifest: CID):
    exported = reader.ipfs("dag", "export", "--progress=false", str(manifest)).out

    found = [block.cid for block in CARReader(io.BytesIO(exported))]
    everything = ledger_node.gateway.car(ledger_node.gateway.resolve(manifest, []), Selection())
    assert found == [block.cid for block in CARReader(io.BytesIO(b"".join(everything)))]
    assert len(found) > 24


def test_kubo_pins_a_batch_that_only_we_have(reader: Daemon, manifest: CID):
    reader.ipfs("pin", "add", "--progress=false", str(manifest))

    pinned = reader.ipfs("pin", "ls", "--type=recursive").out.decode()
    assert str(manifest) in pinned
    offline = reader.ipfs(
        "--offline", "dag", "stat", "--progress=false", str(manifest)
    ).out.decode()
    assert str(manifest) in offline
