"""The page of a contribution says how deep it lies and who has said what."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger.node import Node
from tests.chain.nodes.servers import EthereumNode
from tests.conftest import execution
from tests.webapp.anvils import ledger_on_anvil
from webapp import create_app
from webapp.format import NARROW_SPACE

DEPTH = 3


class Followed:
    """A contribution on Anvil, where blocks come when a test wants them."""

    def __init__(self, node: Node, chain: EthereumNode) -> None:
        self.node = node
        self.chain = chain
        (cid,) = node.accept([execution("sort", "m4.2xlarge", 2, 10, 0)]).new
        self.id = node.submit([cid])
        self._client: FlaskClient = create_app(node).test_client()

    def says(self) -> str:
        html = self._client.get(f"/contribute/{self.id}").get_data(as_text=True)
        return html.replace(NARROW_SPACE, " ")


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    with ledger_on_anvil(tmp_path, confirmations=DEPTH) as (node, chain):
        yield Followed(node, chain)


def test_each_block_on_top_is_counted_until_it_is_final(followed: Followed):
    assert "Waits for its block; 3 blocks on top make it final" in followed.says()

    followed.node.cycle()
    said = []
    for _ in range(DEPTH):
        said.append(followed.says())
        followed.chain.mine()
        followed.node.cycle()
    said.append(followed.says())

    for deep in range(DEPTH):
        assert f"{deep} of 3 blocks on top of it" in said[deep]
    assert "Deep enough that the chain will not take it back" in said[DEPTH]


def test_it_is_not_settled_before_validators_have_spoken(followed: Followed):
    followed.node.cycle()
    followed.chain.mine(DEPTH)
    followed.node.cycle()

    assert 'data-settled="false"' in followed.says()


def test_validators_are_named_with_what_they_said(client: FlaskClient, ledger_node: Node):
    settled = ledger_node.contributions.latest()[-1]

    html = client.get(f"/contribute/{settled.id}").get_data(as_text=True)

    for place in (1, 2, 3):
        assert f">Development validator {place}</a>" in html
    assert f'href="/batches/{settled.batch_id}"' in html
    assert f'href="/contributors/{settled.contributor}"' in html


def test_validators_that_have_not_spoken_are_named_too(contributor: FlaskClient, empty_node: Node):
    (cid,) = empty_node.accept([execution("sort", "m4.2xlarge", 2, 777, 0)]).new
    identifier = empty_node.submit([cid])
    while empty_node.contribution(identifier).state != "final":
        empty_node.cycle()

    html = contributor.get(f"/contribute/{identifier}").get_data(as_text=True)

    assert html.count("not yet") == 3
    assert "0 of 3 validators have spoken" in html.replace(NARROW_SPACE, " ")
