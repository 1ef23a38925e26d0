"""The chain and the contracts on it: web3.py, a deployment file, and the contracts' ABI."""

import json
import os
from argparse import ArgumentParser
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractFunction

ABI_FOLDER = Path(__file__).resolve().parents[2] / "contracts" / "artifacts"


@dataclass(frozen=True)
class Network:
    """A chain with the ledger's contracts."""

    w3: Web3
    deployment: dict[str, Any]
    registry: Contract
    validators: Contract
    attestations: Contract


def parser(description: str | None) -> ArgumentParser:
    """The options that all scripts share."""
    options = ArgumentParser(description=(description or "").split("\n")[0])
    options.add_argument("--rpc", required=True, metavar="URL", help="JSON-RPC endpoint")
    options.add_argument("--deployment", required=True, type=Path, help="the deployment file")
    options.add_argument("--abi", type=Path, default=ABI_FOLDER, help="folder of the ABI files")
    return options


def connect(given: Namespace) -> Network:
    """The contracts that the deployment file names, on the chain that it names."""
    deployment = json.loads(given.deployment.read_text())
    w3 = Web3(HTTPProvider(given.rpc))
    # Chain ids are not unique: the first block is.
    if Web3.to_hex(w3.eth.get_block(0)["hash"]) != deployment["genesis_hash"]:
        raise SystemExit("the endpoint serves another chain than the deployment file names")

    def bound(name: str, address: str) -> Contract:
        abi = json.loads((given.abi / f"{name}.json").read_text())["abi"]
        return w3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)

    return Network(
        w3,
        deployment,
        bound("ContributionRegistry", deployment["registry"]),
        bound("ValidatorSet", deployment["validator_set"]),
        bound("Attestations", deployment["attestations"]),
    )


def own_key() -> LocalAccount:
    """The key in the environment: on a command line, other users of the machine would see it."""
    if "PRIVATE_KEY" not in os.environ:
        raise SystemExit("set PRIVATE_KEY")
    account: LocalAccount = Account.from_key(os.environ["PRIVATE_KEY"])
    return account


def send(network: Network, key: LocalAccount, call: ContractFunction) -> Any:
    """Sign a call (EIP-1559), send it, wait for its receipt."""
    w3 = network.w3
    transaction: Any = call.build_transaction(
        {
            "from": key.address,
            "nonce": w3.eth.get_transaction_count(key.address, "pending"),
            "chainId": w3.eth.chain_id,
        }
    )
    signed = key.sign_transaction(transaction)
    receipt = w3.eth.wait_for_transaction_receipt(
        w3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.5
    )
    if receipt["status"] != 1:
        raise SystemExit(f"reverted: {Web3.to_hex(receipt['transactionHash'])}")
    return receipt


def submission(network: Network, root: bytes, count: int) -> Any:
    """What a contributor signs, once for all its records; it counts for this ledger only."""
    return encode_typed_data(
        domain_data={
            "name": "perfledger",
            "version": "1",
            "chainId": network.w3.eth.chain_id,
            "verifyingContract": network.registry.address,
        },
        message_types={
            "Submission": [{"name": "root", "type": "bytes32"}, {"name": "count", "type": "uint32"}]
        },
        message_data={"root": root, "count": count},
    )
