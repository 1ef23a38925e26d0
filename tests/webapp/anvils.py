"""A node of the ledger on Anvil: a chain without development accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger import settings
from ledger.node import Node
from tests.chain.nodes.homes import key_of
from tests.chain.nodes.servers import EthereumNode
from tests.chain.nodes.servers import anvil


@contextmanager
def ledger_on_anvil(folder: Path, **changes: Any) -> Iterator[tuple[Node, EthereumNode]]:
    """A node whose operator has just deployed the contracts, and the chain."""
    with anvil(folder) as chain:
        chosen = {**on(chain), "private_key": key_of(chain.funded()), **changes}
        with Node(settings.load(folder / "home", **chosen)) as node:
            deployer = node.deployer()
            few = {"quorum": 1, "bond_wei": 1, "exit_delay_seconds": 1}
            deployer.deploy(deployer.parameters({}, **few))
            node.connect()
            node.sync.step()
            yield node, chain


def on(chain: EthereumNode) -> dict[str, Any]:
    """The settings of a node on a chain, but for its key."""
    return {
        "app_port": 0, "rpc_url": chain.url, "chain_id": chain.chain_id, "confirmations": 0,
    }  # fmt: skip
