"""npm's @helia/verified-fetch reads a batch from our node, which it finds by delegated routing.

It hashes every block itself; a record that it gives is the record that its CID names.
"""

import base64
import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.ipld.car import CARReader
from ledger.ipld.cid import CID
from ledger.ipld.links import links
from ledger.node import Node
from ledger.record import dagcbor
from tests.serving.serving import Served
from tools import node as tools_node

PACKAGES = Path(__file__).parents[2] / "npm"
SCRIPT = PACKAGES / "verified-fetch.js"

NODE = 24
"""Its HTTP client reads zstd, which Node.js has since 22.15."""

pytestmark = pytest.mark.node


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought."""

    status: int
    type: str
    body: bytes


@pytest.fixture(scope="module", autouse=True)
def packages() -> Path:
    return tools_node.npm_ci(PACKAGES)


def fetch(router: str, *wanted: str) -> list[Fetched]:
    said = tools_node.find(NODE).run(SCRIPT, [router, *wanted], cwd=PACKAGES)
    return [
        Fetched(each["status"], each["type"], base64.b64decode(each["body"]))
        for each in map(json.loads, said.splitlines())
    ]


def below(node: Node, cid: CID) -> CID:
    return links(cid, node.gateway.block(cid))[0]


def test_the_blocks_of_a_batch_are_read_and_decoded(
    served: Served, ledger_node: Node, manifest: CID
):
    submissions = below(ledger_node, manifest)
    page = below(ledger_node, submissions)
    record = below(ledger_node, page)
    wanted = (manifest, submissions, page, record)

    found = fetch(served.url, *(f"ipfs://{cid} application/vnd.ipld.dag-cbor" for cid in wanted))

    assert [each.status for each in found] == [200] * 4
    assert [each.body for each in found] == [ledger_node.gateway.block(cid) for cid in wanted]
    assert dagcbor.decode(found[-1].body)["job"]["name"] in {"sort", "grep", "kmeans"}


def test_a_batch_is_read_as_a_car(served: Served, ledger_node: Node, manifest: CID):
    (found,) = fetch(served.url, f"ipfs://{manifest} application/vnd.ipld.car")

    blocks = {block.cid: block.data for block in CARReader(io.BytesIO(found.body))}
    assert found.status == 200
    assert len(blocks) > 24
    assert all(ledger_node.gateway.block(cid) == data for cid, data in blocks.items())


def test_a_block_that_nobody_has_is_not_made_up(served: Served):
    absent = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"

    (found,) = fetch(served.url, f"ipfs://{absent} application/vnd.ipld.raw")

    assert found.status >= 400
