"""Deploys the contracts to any chain that web3 reaches.

The validator set is given its slasher for good when it is made, and the attestations contract the
set it slashes: so the latter's address is predicted from the deployer's nonce, and its constructor
refuses if the prediction was wrong.
"""

from collections.abc import Sequence
from typing import NamedTuple

import rlp  # type: ignore[import-untyped]
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from eth_utils import keccak
from eth_utils import to_canonical_address
from eth_utils import to_checksum_address
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError
from web3.types import TxParams
from web3.types import TxReceipt

from contracts import Artefact
from contracts import load
from ledger.errors import PerfledgerError

RECEIPT_SECONDS = 600
"""How long to wait for each deployment to be mined."""


class DeploymentError(PerfledgerError):
    """A contract did not come to be as it should."""


class Deployed(NamedTuple):
    """Where a contract is, and what shows that it is the right one.

    Attributes:
        address: of the contract.
        block_number: the block that holds the deployment; no event is older.
        tx_hash: of the deployment.
        code_hash: Keccak-256 of the code on chain, immutables filled in.
    """

    address: ChecksumAddress
    block_number: int
    tx_hash: bytes
    code_hash: bytes


def deploy(
    w3: Web3,
    deployer: LocalAccount | ChecksumAddress,
    *,
    governor: ChecksumAddress,
    quorum: int,
    bond_wei: int,
    exit_delay_seconds: int,
) -> dict[str, Deployed]:
    """Deploys registry, validator set and attestations; returns them by contract name.

    The deployer keeps no power over what it deployed. It must send nothing else meanwhile.

    Args:
        w3: connected to the chain.
        deployer: an account that signs here, or one that the node signs for.
        governor: who admits validators and sets quorum and bond; may be the deployer.
        quorum: how many validators have to agree, at least 1.
        bond_wei: what a validator has to post, at least 1.
        exit_delay_seconds: how long a bond stays slashable after its validator stopped.

    Raises:
        DeploymentError: a deployment reverted, or left other code than the artefact's.
    """
    sender = deployer.address if isinstance(deployer, LocalAccount) else deployer
    slasher = create_address(sender, w3.eth.get_transaction_count(sender) + 2)
    registry = _create(w3, deployer, "ContributionRegistry", ())
    validator_set = _create(
        w3, deployer, "ValidatorSet", (governor, slasher, quorum, bond_wei, exit_delay_seconds)
    )
    attestations = _create(w3, deployer, "Attestations", (registry.address, validator_set.address))
    return {
        "ContributionRegistry": registry,
        "ValidatorSet": validator_set,
        "Attestations": attestations,
    }


def create_address(sender: ChecksumAddress, nonce: int) -> ChecksumAddress:
    """The address of the contract that a sender's transaction creates (CREATE; EIP-161)."""
    digest = keccak(rlp.encode([to_canonical_address(sender), nonce]))
    return to_checksum_address(digest[12:])


def _create(
    w3: Web3, deployer: LocalAccount | ChecksumAddress, name: str, arguments: Sequence[object]
) -> Deployed:
    artefact = load(name)
    factory = w3.eth.contract(abi=artefact.abi, bytecode=artefact.bytecode)
    try:
        receipt = _mined(w3, deployer, factory, arguments)
    except _refusals() as error:
        raise DeploymentError(
            f"{name} refuses to be deployed with these arguments: {error}",
            hint="A quorum, a bond and an exit delay have to be at least 1.",
        ) from error
    address = receipt["contractAddress"]
    if receipt["status"] != 1 or address is None:
        raise DeploymentError(
            f"the deployment of {name} reverted",
            hint="Check the arguments, and that the deployer sent nothing else meanwhile.",
        )
    code = bytes(w3.eth.get_code(address))
    _check_code(artefact, code)
    return Deployed(
        address, receipt["blockNumber"], bytes(receipt["transactionHash"]), keccak(code)
    )


def _refusals() -> tuple[type[Exception], ...]:
    """What is raised where a constructor reverts.

    By eth-tester its own error; it takes long to import, and is asked for only when one is raised.
    """
    from eth_tester.exceptions import TransactionFailed  # type: ignore[import-untyped]

    return ContractLogicError, TransactionFailed


def _mined(
    w3: Web3,
    deployer: LocalAccount | ChecksumAddress,
    factory: type[Contract],
    arguments: Sequence[object],
) -> TxReceipt:
    constructor = factory.constructor(*arguments)
    if isinstance(deployer, LocalAccount):
        unsigned = constructor.build_transaction(_envelope(w3, deployer.address))
        signed = deployer.sign_transaction(dict(unsigned))
        tx_hash = w3.eth.send_raw_transaction(signed.raw_transaction)
    else:
        tx_hash = constructor.transact({"from": deployer})
    return w3.eth.wait_for_transaction_receipt(tx_hash, timeout=RECEIPT_SECONDS)


def _envelope(w3: Web3, sender: ChecksumAddress) -> TxParams:
    return {
        "from": sender,
        "nonce": w3.eth.get_transaction_count(sender),
        "chainId": w3.eth.chain_id,
    }


def _check_code(artefact: Artefact, code: bytes) -> None:
    if not artefact.is_code(code):
        raise DeploymentError(
            f"the chain holds other code for {artefact.name} than its artefact",
            hint="The node may be behind; ask another one before using this deployment.",
        )
