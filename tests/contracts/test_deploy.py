"""contracts.deploy on a chain of its own."""

import pytest
from eth_account import Account
from eth_tester import EthereumTester
from eth_tester import PyEVMBackend
from eth_utils import keccak
from web3 import EthereumTesterProvider
from web3 import Web3

import contracts
from contracts.deploy import DeploymentError
from contracts.deploy import create_address
from contracts.deploy import deploy
from tests.contracts.chain import Chain


def test_an_account_that_signs_here_deploys():
    w3 = Web3(EthereumTesterProvider(EthereumTester(PyEVMBackend())))
    deployer = Account.create()
    governor = w3.eth.accounts[1]
    w3.eth.send_transaction({"from": w3.eth.accounts[0], "to": deployer.address, "value": 10**19})

    deployed = deploy(w3, deployer, governor=governor, quorum=3, bond_wei=5, exit_delay_seconds=60)

    validator_set = w3.eth.contract(
        address=deployed["ValidatorSet"].address, abi=contracts.load("ValidatorSet").abi
    )
    assert tuple(deployed) == contracts.NAMES
    assert validator_set.functions.slasher().call() == deployed["Attestations"].address
    assert validator_set.functions.quorumAt(0).call() == 3
    assert w3.eth.get_transaction_count(deployer.address) == 3


@pytest.mark.parametrize("signs_here", [True, False])
def test_arguments_that_a_contract_refuses_are_told(chain: Chain, signs_here):
    deployer = chain.deployer if signs_here else chain.deployer.address

    with pytest.raises(DeploymentError, match="ValidatorSet refuses") as caught:
        deploy(
            chain.w3,
            deployer,
            governor=chain.governor.address,
            quorum=0,
            bond_wei=1,
            exit_delay_seconds=1,
        )

    assert "quorum" in caught.value.hint


def test_a_deployment_names_block_transaction_and_code(chain: Chain):
    for name, found in chain.deployed.items():
        receipt = chain.w3.eth.get_transaction_receipt(found.tx_hash)
        code = bytes(chain.w3.eth.get_code(found.address))

        assert receipt["contractAddress"] == found.address
        assert receipt["blockNumber"] == found.block_number
        assert keccak(code) == found.code_hash
        assert contracts.load(name).is_code(code)


def test_other_code_is_not_taken_for_a_contract(chain: Chain):
    registry = bytes(chain.w3.eth.get_code(chain.registry.address))

    assert not contracts.load("Attestations").is_code(registry)
    assert not contracts.load("ContributionRegistry").is_code(b"\xfe" + registry[1:])
    assert not contracts.load("ContributionRegistry").is_code(b"")


def test_attestations_refuse_a_validator_set_that_trusts_another_slasher(chain: Chain):
    artefact = contracts.load("Attestations")
    factory = chain.w3.eth.contract(abi=artefact.abi, bytecode=artefact.bytecode)

    call = factory.constructor(chain.registry.address, chain.validators.address)

    receipt = chain.w3.eth.wait_for_transaction_receipt(
        call.transact({"from": chain.deployer.address, "gas": 3_000_000})
    )
    assert receipt["status"] == 0


def test_a_contracts_address_follows_from_sender_and_nonce():
    # The example of the Ethereum wiki's CREATE: sender 0x6ac7…, nonces 0 and 1.
    sender = Web3.to_checksum_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")

    assert create_address(sender, 0) == "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"
    assert create_address(sender, 1) == "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8"
