"""libp2p's own JavaScript reads our key file, gives the node the same name, and signs the same."""

import json
from pathlib import Path

import pytest

from ledger.peers import identity
from tools import node

PACKAGES = Path(__file__).parents[1] / "npm"
MESSAGE = b"what a node says of itself"

pytestmark = pytest.mark.node


def test_names_and_signatures_are_those_of_libp2p(tmp_path: Path):
    node.npm_ci(PACKAGES)
    own = identity.load(tmp_path)
    key, signature = (tmp_path / identity.FILE).read_bytes(), own.sign(MESSAGE)

    said = json.loads(
        node.find().run(
            PACKAGES / "peer-id.js", [key.hex(), MESSAGE.hex(), signature.hex()], cwd=PACKAGES
        )
    )

    assert said == {
        "peerId": str(own.peer_id),
        "base36": own.peer_id.base36,
        "signature": signature.hex(),
        "verifies": True,
    }
