"""A ledger on a node, from its founding on."""

from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from ledger.node import Node
from tests.chain.nodes.contracts import signing_client
from tests.chain.nodes.homes import command
from tests.chain.nodes.homes import settings_on
from tests.chain.nodes.servers import EthereumNode

BOND = 10**18


@dataclass
class Life:
    """A ledger on a node, and the keys of those who use it."""

    node: EthereumNode
    home: Path
    operator: LocalAccount
    validators: list[LocalAccount]

    def open(self) -> Node:
        return Node(settings_on(self.node, self.operator, self.home))

    def found(self) -> None:
        """Deploy by the command, and have governance admit the validators."""
        terms = ["--quorum", "2", "--bond", str(BOND), "--exit-delay", "60"]
        deployed = command(self.node, self.operator, self.home, "chain", "deploy", "--yes", *terms)
        assert deployed.code == 0, deployed.err
        w3 = signing_client(self.node, [self.operator, *self.validators])
        with self.open() as opened:
            address = w3.to_checksum_address(opened.deployment.validator_set)
            contract = w3.eth.contract(address=address, abi=opened.contracts.validator_set.abi)
        for validator in self.validators:
            for sender, call, value in (
                (self.operator, contract.functions.admit(validator.address), 0),
                (validator, contract.functions.join(), BOND),
            ):
                sent = call.transact({"from": sender.address, "value": w3.to_wei(value, "wei")})
                assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 1


def carry(node: Node, ledger: EthereumNode) -> None:
    """Until everything is anchored, and has been seen."""
    while node.status().batches.get("anchored", 0) + node.status().batches.get("final", 0) == 0:
        carried, _ = node.cycle()
        assert carried.problems == ()
    head = ledger.w3.eth.block_number
    node.sync.step()
    assert (node.status().indexed_block or 0) >= head


def statuses(node: Node) -> dict[str, int]:
    return {name: count for name, count in node.queries.overview().by_status.items() if count}
