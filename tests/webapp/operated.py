"""A node that has its operator's key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger import settings
from ledger.chain import connection
from ledger.chain.devchain.accounts import dev_account
from ledger.node import Node

OPERATOR = dev_account(8)
KEY = {"private_key": "0x" + OPERATOR.key.hex().removeprefix("0x")}


@contextmanager
def operated_node(home: Path) -> Iterator[Node]:
    """It follows a chain that is not its own."""
    with Node(settings.load(home, app_port=0, chain_port=0)) as founder:
        founder.connect()
    with (
        connection.connect(settings.load(home, chain_port=0)) as chain,
        Node(settings.load(home, app_port=0, rpc_url=chain.url, **KEY)) as node,
    ):
        yield node
