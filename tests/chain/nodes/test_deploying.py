"""`chain deploy`, `info` and `check` on every kind of node, with interruptions."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

import contracts
from contracts.deploy import DeploymentError
from ledger.chain.connection import Endpoint
from ledger.chain.contracts import LedgerContracts
from ledger.chain.contracts import WrongContractError
from ledger.chain.deploying import AlreadyDeployedError
from ledger.chain.deploying import Deployer
from ledger.chain.deploying import DeploymentBusyError
from ledger.chain.deploying import Parameters
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.node import Node
from tests.chain.nodes.contracts import signing_client
from tests.chain.nodes.homes import command
from tests.chain.nodes.homes import settings_on
from tests.chain.nodes.servers import EthereumNode
from tests.chain.nodes.servers import anvil

YEAR = 365 * 86_400


@pytest.fixture
def key(node: EthereumNode) -> LocalAccount:
    return node.funded()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deployments" / "chain.json"


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EthereumNode]:
    """An Anvil that mines when it is told to."""
    with anvil(tmp_path_factory.mktemp("patient")) as started:
        yield started


def parameters(key: LocalAccount, **changes: Any) -> Parameters:
    chosen = {"network": "test", "quorum": 2, "bond_wei": 5, "exit_delay_seconds": 60}
    return Parameters.model_validate({**chosen, "governor": key.address, **changes})


def deployer(w3: Web3, key: LocalAccount, path: Path, **options: Any) -> Deployer:
    return Deployer(w3, LocalSigner(key), path=path, **{"max_fee_gwei": 200, **options})


def sent(node: EthereumNode, key: LocalAccount) -> int:
    return node.w3.eth.get_transaction_count(Web3.to_checksum_address(key.address))


class Breaking(Endpoint):
    """An endpoint that dies at one of the transactions, before or after the node has it."""

    def __init__(self, url: str, at: int, *, node_has_it: bool) -> None:
        super().__init__(url)
        self._left = at
        self._node_has_it = node_has_it

    def make_request(self, method: Any, params: Any) -> Any:
        if method == "eth_sendRawTransaction":
            self._left -= 1
            if self._left == 0:
                if self._node_has_it:
                    super().make_request(method, params)
                raise KeyboardInterrupt
        return super().make_request(method, params)


def interrupt(
    node: EthereumNode, key: LocalAccount, path: Path, *, at: int, node_has_it: bool
) -> None:
    """Begin to deploy, and die at one of the transactions."""
    breaking = Web3(Breaking(node.url, at, node_has_it=node_has_it))
    with pytest.raises(KeyboardInterrupt):
        deployer(breaking, key, path).deploy(parameters(key))


def spend(node: EthereumNode, key: LocalAccount) -> None:
    """Use the key's next nonce for something else."""
    w3 = signing_client(node, [key])
    call: Any = {"from": key.address, "to": key.address, "value": 0}
    w3.eth.wait_for_transaction_receipt(w3.eth.send_transaction(call))


def test_the_contracts_are_deployed_recorded_and_checked(
    node: EthereumNode, key: LocalAccount, home: Path
):
    options = ["--network", "test", "--quorum", "3", "--bond", "7", "--exit-delay", "90"]
    made = command(node, key, home, "chain", "deploy", "--yes", "--json", *options)
    assert made.code == 0, made.err
    deployment = Deployment.load(home / "deployments" / f"{node.chain_id}.json")
    assert made.json["registry"] == deployment.registry
    assert (deployment.network, deployment.chain_id) == ("test", node.chain_id)
    assert set(deployment.code_hashes) == set(contracts.NAMES)
    first = node.w3.eth.get_block(deployment.from_block, full_transactions=True)
    assert [each["from"] for each in first["transactions"]] == [key.address]  # type: ignore[index]
    validator_set = LedgerContracts(node.w3, deployment).validator_set.functions
    assert validator_set.quorumAt(node.w3.eth.block_number).call() == 3
    assert (validator_set.bond().call(), validator_set.exitDelay().call()) == (7, 90)
    assert validator_set.hasRole(validator_set.GOVERNOR_ROLE().call(), key.address).call()

    checked = command(node, key, home, "chain", "check")
    assert checked.code == 0, checked.err
    for name, address in zip(contracts.NAMES, deployment.addresses, strict=True):
        assert f"✓ {name}" in checked.out
        assert address in checked.out

    told = command(node, key, home, "chain", "info", "--json").json
    assert told["registry"] == deployment.registry
    assert 0 <= told["final_block"] <= told["head_block"]

    again = command(node, key, home, "chain", "deploy", "--yes")
    assert again.code == 78
    assert "is deployed on this network" in again.err
    assert sent(node, key) == 3


def test_what_it_costs_is_told_before_and_kept_to(
    node: EthereumNode, key: LocalAccount, path: Path
):
    deploying = deployer(node.w3, key, path)
    quote = deploying.quote(parameters(key))
    before = node.w3.eth.get_balance(key.address)

    deploying.deploy(parameters(key))

    paid = before - node.w3.eth.get_balance(key.address)
    assert paid <= quote.most_wei
    blocks = range(1, node.w3.eth.block_number + 1)
    receipts = [each for n in blocks for each in node.w3.eth.get_block_receipts(n)]
    used = sum(each["gasUsed"] for each in receipts if each["from"] == key.address)
    assert 0.95 * used <= quote.gas <= 1.15 * used


@pytest.mark.parametrize("node_has_it", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_interrupted_deployment_goes_on_and_pays_once(
    node: EthereumNode, key: LocalAccount, path: Path, at: int, node_has_it: bool
):
    interrupt(node, key, path, at=at, node_has_it=node_has_it)
    assert not path.exists()

    resumed = deployer(node.w3, key, path)
    assert resumed.parameters({}) == parameters(key)
    deployment = resumed.deploy(parameters(key))

    assert sent(node, key) == 3
    assert Deployment.load(path) == deployment
    assert resumed.begun is None
    LedgerContracts(node.w3, deployment).require_code()


def test_what_is_still_to_be_paid_is_less_after_an_interruption(
    node: EthereumNode, key: LocalAccount, path: Path
):
    whole = deployer(node.w3, key, path).quote(parameters(key))
    interrupt(node, key, path, at=3, node_has_it=False)

    rest = deployer(node.w3, key, path).quote(parameters(key))

    assert rest.gas < whole.gas / 2


@pytest.mark.parametrize(("at", "payments"), [(1, 3), (2, 3), (3, 4)])
def test_a_nonce_that_was_used_otherwise_meanwhile_is_planned_anew(
    node: EthereumNode, key: LocalAccount, path: Path, at: int, payments: int
):
    interrupt(node, key, path, at=at, node_has_it=False)
    spend(node, key)

    deployment = deployer(node.w3, key, path).deploy(parameters(key))

    LedgerContracts(node.w3, deployment).require_code()
    attestations = LedgerContracts(node.w3, deployment).attestations.functions
    assert attestations.validatorSet().call() == deployment.validator_set
    assert sent(node, key) == 1 + payments  # one is the other transaction


def test_other_options_than_begun_with_are_refused(
    node: EthereumNode, key: LocalAccount, path: Path
):
    interrupt(node, key, path, at=2, node_has_it=True)

    with pytest.raises(SettingsError, match="another deployment was begun"):
        deployer(node.w3, key, path).deploy(parameters(key, quorum=9))
    other = node.funded(1)
    with pytest.raises(SettingsError, match=f"was begun by {key.address}"):
        deployer(node.w3, other, path).deploy(parameters(key))


@pytest.mark.parametrize(
    "wrong", [{"exit_delay_seconds": YEAR + 1}, {"governor": "0x" + "00" * 20}]
)
def test_what_the_contracts_refuse_is_refused_before_anything_is_paid(
    node: EthereumNode, key: LocalAccount, path: Path, wrong: dict[str, Any]
):
    with pytest.raises(DeploymentError, match="ValidatorSet refuses"):
        deployer(node.w3, key, path).quote(parameters(key, **wrong))

    assert sent(node, key) == 0


def test_a_key_that_cannot_pay_begins_nothing(node: EthereumNode, home: Path):
    poor = Account.create()

    refused = command(node, poor, home, "chain", "deploy", "--yes")

    assert refused.code != 0
    assert poor.address in refused.err
    assert "ether" in refused.err
    assert not list(home.rglob("*.json"))


@pytest.mark.parametrize("answer", ["n\n", "\n", ""], ids=["no", "neither", "nobody there"])
def test_nothing_is_sent_without_a_yes(
    node: EthereumNode,
    key: LocalAccount,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    refused = command(node, key, home, "chain", "deploy")

    assert refused.code == 1
    assert "costs" in refused.err
    assert "nothing was sent" in refused.err
    assert sent(node, key) == 0


def test_a_fee_above_the_cap_is_not_paid(patient: EthereumNode, path: Path):
    key = patient.funded()
    patient.ask("anvil_setNextBlockBaseFeePerGas", hex(Web3.to_wei(50, "gwei")))
    patient.mine()

    with pytest.raises(UnavailableError, match="at most 1 are allowed"):
        deployer(patient.w3, key, path, max_fee_gwei=1).quote(parameters(key))


def test_a_deployment_that_offers_too_little_is_replaced_under_the_same_nonce(
    patient: EthereumNode, path: Path
):
    key = patient.funded()
    patient.ask("evm_setAutomine", False)
    with pytest.raises(UnavailableError, match="not mined after"):
        deployer(patient.w3, key, path, receipt_seconds=0).deploy(parameters(key))
    (before,) = json.loads(path.with_suffix(".deploying.json").read_text())["steps"][0]["sent"]
    patient.ask("anvil_dropAllTransactions")
    patient.ask("anvil_setNextBlockBaseFeePerGas", hex(Web3.to_wei(20, "gwei")))
    patient.mine()
    patient.ask("evm_setAutomine", True)

    deployment = deployer(patient.w3, key, path).deploy(parameters(key))

    assert sent(patient, key) == 3
    LedgerContracts(patient.w3, deployment).require_code()
    with pytest.raises(Exception, match="nonce too low"):
        patient.w3.eth.send_raw_transaction(bytes.fromhex(before))


def test_one_process_deploys_at_a_time(node: EthereumNode, key: LocalAccount, path: Path):
    deploying = deployer(node.w3, key, path)
    other = deployer(node.w3, key, path)

    def meddle(_: str) -> None:
        with pytest.raises(DeploymentBusyError):
            other.deploy(parameters(key))

    deploying.deploy(parameters(key), progress=meddle)

    with pytest.raises(AlreadyDeployedError):
        other.deploy(parameters(key))
    assert sent(node, key) == 3


def test_contracts_that_are_not_those_recorded_are_refused(
    node: EthereumNode, key: LocalAccount, home: Path
):
    for arguments in (["deploy", "--yes"], ["check"]):
        assert command(node, key, home, "chain", *arguments).code == 0
    file = home / "deployments" / f"{node.chain_id}.json"
    right = Deployment.load(file)
    other = {**right.code_hashes, "Attestations": "0x" + "ab" * 32}
    faults = {
        "no contract": {"registry": "0x" + "11" * 20},
        "is not Attestations": {"attestations": right.registry},
        "another deployment": {"code_hashes": other},
    }
    for says, change in faults.items():
        right.model_copy(update=change).save(file)

        checked = command(node, key, home, "chain", "check")
        assert checked.code == 1
        assert says in checked.out
        with (
            Node(settings_on(node, key, home)) as opened,
            pytest.raises(WrongContractError, match=says),
        ):
            opened.connect()

    right.model_copy(update={"genesis_hash": "0x" + "00" * 32}).save(file)
    assert command(node, key, home, "chain", "check").code == WrongLedgerError.exit_code


def test_a_development_key_works_on_the_development_chain_only(node: EthereumNode, home: Path):
    node.give(dev_account(1).address, 1)

    outcome = command(node, dev_account(1), home, "chain", "deploy", "--yes")

    assert (outcome.code == 0) == (node.kind == "dev"), outcome.err
    if node.kind != "dev":
        assert "everybody has its key" in outcome.err
