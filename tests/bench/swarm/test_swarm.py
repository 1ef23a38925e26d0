"""A chain and a publisher on the emulated network, and what is seen of them from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.network import EmulatedNetwork
from bench.network.regions import matrix
from bench.swarm import chain as chains
from bench.swarm.chain import Chain
from bench.swarm.publisher import Publisher
from bench.swarm.watch import Watch
from tests.services import required
from tools.services import Anvil


@pytest.fixture
def network(namespaces: None) -> Iterator[EmulatedNetwork]:
    required(Anvil())
    with EmulatedNetwork([("chain", "us-east"), ("publisher", "us-west")], matrix()) as made:
        yield made


@pytest.fixture
def chain(network: EmulatedNetwork, tmp_path: Path) -> Chain:
    return chains.start(network.host("chain"), tmp_path / "chain")


def test_the_moment_of_an_anchor_is_that_of_its_block(
    network: EmulatedNetwork, chain: Chain, tmp_path: Path
):
    with Publisher(network.host("publisher"), tmp_path / "home", chain) as publisher:
        first, second = publisher.anchor(1), publisher.anchor(3)

        watch = Watch({"publisher": tmp_path / "home" / "index.sqlite"})
        with network.host("publisher").entered():
            publisher.node.follow()
        lacking = watch.wait(["publisher"], [first.manifest, second.manifest], 10)
        seen = watch.peers["publisher"].complete
        watch.close()

    assert lacking == set()
    assert len(second.records) == 3
    assert first.at < second.at < seen[second.manifest]


def test_what_is_not_there_is_said_to_be_lacking(tmp_path: Path):
    watch = Watch({"nobody": tmp_path / "index.sqlite"})

    assert watch.wait(["nobody"], ["bafy"], 0.05) == {"nobody"}
