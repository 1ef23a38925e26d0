"""Transactions of one key on every kind of node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract.contract import ContractFunction

from ledger.anchor.outbox import Outbox
from ledger.chain.contracts import LedgerContracts
from ledger.chain.deploying import Deployer
from ledger.chain.deploying import Parameters
from ledger.chain.endpoint import Endpoint
from ledger.chain.sender import OutOfFundsError
from ledger.chain.sender import RevertedError
from ledger.chain.sender import Sender
from ledger.chain.signers import LocalSigner
from ledger.errors import UnavailableError
from tests.chain.nodes.servers import EthereumNode

ROOT, MANIFEST = b"\x01" * 32, b"\x02" * 32


@pytest.fixture(scope="module")
def contracts(node: EthereumNode, tmp_path_factory: pytest.TempPathFactory) -> LedgerContracts:
    key = node.funded()
    path = tmp_path_factory.mktemp("deployments") / "chain.json"
    terms = {"network": "test", "quorum": 1, "bond_wei": 1, "exit_delay_seconds": 1}
    chosen = Parameters.model_validate({**terms, "governor": key.address})
    deployer = Deployer(node.w3, LocalSigner(key), path=path, max_fee_gwei=200)
    return LedgerContracts(node.w3, deployer.deploy(chosen))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path / "outbox.sqlite")
    yield opened
    opened.close()


def sender(w3: Web3, key: LocalAccount, outbox: Outbox) -> Sender:
    return Sender(
        w3,
        LocalSigner(key),
        journal=outbox.transactions,
        chain_id=w3.eth.chain_id,
        max_fee_gwei=200,
    )


def anchor(contracts: LedgerContracts, w3: Web3 | None = None) -> ContractFunction:
    bound = contracts if w3 is None else LedgerContracts(w3, contracts.deployment)
    return bound.registry.functions.anchor(ROOT, 3, MANIFEST)


class Deaf(Endpoint):
    """An endpoint that loses the node's answer to the first transaction it takes."""

    lost = False

    def make_request(self, method: Any, params: Any) -> Any:
        answer = super().make_request(method, params)
        if method == "eth_sendRawTransaction" and not self.lost:
            self.lost = True
            raise UnavailableError("the answer is lost")
        return answer


def test_a_transaction_is_mined_as_eip_1559(
    node: EthereumNode, contracts: LedgerContracts, outbox: Outbox
):
    key = node.funded(1)

    receipt = sender(node.w3, key, outbox).transact("anchor", anchor(contracts))

    assert (receipt["status"], receipt["type"]) == (1, 2)


def test_one_whose_answer_is_lost_is_sent_once(
    node: EthereumNode, contracts: LedgerContracts, outbox: Outbox
):
    key = node.funded(1)
    deaf = Web3(Deaf(node.url))
    with pytest.raises(UnavailableError):
        sender(deaf, key, outbox).transact("anchor", anchor(contracts, deaf))

    receipt = sender(node.w3, key, outbox).transact("anchor", anchor(contracts))

    assert receipt["status"] == 1
    assert node.w3.eth.get_transaction_count(key.address) == 1


def test_a_key_that_cannot_pay_is_told(
    node: EthereumNode, contracts: LedgerContracts, outbox: Outbox
):
    with pytest.raises(OutOfFundsError):
        sender(node.w3, Account.create(), outbox).transact("anchor", anchor(contracts))


def test_what_the_contract_refuses_costs_nothing(
    node: EthereumNode, contracts: LedgerContracts, outbox: Outbox
):
    key = node.funded(1)
    paying = sender(node.w3, key, outbox)
    paying.transact("anchor", anchor(contracts))

    with pytest.raises(RevertedError, match="the contract refuses"):
        paying.transact("anchor again", anchor(contracts))
    assert node.w3.eth.get_transaction_count(key.address) == 1
