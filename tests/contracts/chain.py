"""The contracts on a fresh py-evm chain, and what tests do with them."""

import ast
import re
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from eth_abi import decode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_tester import EthereumTester
from eth_tester import PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple
from web3 import EthereumTesterProvider
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractFunction

import contracts
from contracts.deploy import Deployed
from contracts.deploy import deploy
from tests.contracts.estimating import estimate_quickly

FOR_TESTS = Path(__file__).parent / "solidity/artifacts"
BOND = 10**18
EXIT_DELAY = 7 * 86_400
QUORUM = 2
FAR = 2**40
"""A deadline that no test lives to see, seconds since 1970."""

TYPES = {
    "Anchor": ("bytes32 root,uint32 count,bytes32 manifestDigest,uint256 nonce,uint256 deadline"),
    "Submission": "bytes32 root,uint32 count",
    "Attest": (
        "bytes32 batchId,uint32 sequence,bytes32 verdictRoot,uint32 accepted,uint32 rejected,"
        "bytes32 reportDigest,uint256 deadline"
    ),
    "Verdicts": (
        "bytes32 batchId,uint32 sequence,bytes32 verdictRoot,uint32 accepted,uint32 rejected"
    ),
}


def digest(text: str) -> bytes:
    """A digest to tell apart from others by its text."""
    return keccak(text=text)


@dataclass
class Chain:
    """A chain that holds the contracts, and the accounts that play the parts."""

    tester: EthereumTester
    w3: Web3
    deployed: Mapping[str, Deployed]

    @classmethod
    def started(cls) -> "Chain":
        tester = EthereumTester(PyEVMBackend())
        estimate_quickly(tester)
        w3 = Web3(EthereumTesterProvider(tester))
        deployer, governor = w3.eth.accounts[:2]
        deployed = deploy(
            w3,
            deployer,
            governor=governor,
            quorum=QUORUM,
            bond_wei=BOND,
            exit_delay_seconds=EXIT_DELAY,
        )
        return cls(tester, w3, deployed)

    @cached_property
    def accounts(self) -> list[LocalAccount]:
        return [Account.from_key(key.to_bytes()) for key in self.tester.backend.account_keys]

    @property
    def deployer(self) -> LocalAccount:
        return self.accounts[0]

    @property
    def governor(self) -> LocalAccount:
        return self.accounts[1]

    @property
    def publisher(self) -> LocalAccount:
        return self.accounts[2]

    @property
    def contributor(self) -> LocalAccount:
        return self.accounts[3]

    @property
    def validator(self) -> LocalAccount:
        return self.accounts[4]

    @property
    def stranger(self) -> LocalAccount:
        return self.accounts[5]

    @cached_property
    def registry(self) -> Contract:
        return self.bound("ContributionRegistry")

    @cached_property
    def validators(self) -> Contract:
        return self.bound("ValidatorSet")

    @cached_property
    def attestations(self) -> Contract:
        return self.bound("Attestations")

    def bound(self, name: str) -> Contract:
        return self.w3.eth.contract(
            address=self.deployed[name].address, abi=contracts.load(name).abi
        )

    def test_contract(self, name: str, *arguments: object, value: int = 0) -> Contract:
        """Deploys a contract that only tests need."""
        artefact = contracts.read(FOR_TESTS / f"{name}.json")
        factory = self.w3.eth.contract(abi=artefact.abi, bytecode=artefact.bytecode)
        tx = factory.constructor(*arguments).transact(
            {"from": self.deployer.address, "value": value}
        )
        address = self.w3.eth.wait_for_transaction_receipt(tx)["contractAddress"]
        return self.w3.eth.contract(address=address, abi=artefact.abi)

    def send(self, call: ContractFunction, sender: LocalAccount, *, value: int = 0) -> Any:
        """Mines a call in a block of its own; returns its receipt."""
        tx = call.transact({"from": sender.address, "value": value})
        return self.w3.eth.wait_for_transaction_receipt(tx)

    def send_as(self, wallet: Contract, call: ContractFunction, *, value: int = 0) -> Any:
        """Mines a call that a contract wallet makes."""
        target = call.address
        data = call._encode_transaction_data()
        return self.send(wallet.functions.execute(target, value, data), self.stranger)

    def send_delegation(self, authorization: Any) -> None:
        """Mines a transaction that gives an authorization's signer code (EIP-7702)."""
        sender = self.stranger
        gas_price = self.w3.eth.gas_price * 2
        transaction = {
            "type": 4,
            "chainId": self.w3.eth.chain_id,
            "nonce": self.w3.eth.get_transaction_count(sender.address),
            "to": sender.address,
            "value": 0,
            "data": b"",
            "gas": 200_000,
            "maxFeePerGas": gas_price,
            "maxPriorityFeePerGas": gas_price,
            "authorizationList": [authorization],
        }
        signed = sender.sign_transaction(transaction)
        tx = self.w3.eth.send_raw_transaction(signed.raw_transaction)
        assert self.w3.eth.wait_for_transaction_receipt(tx)["status"] == 1

    def events(self, contract: Contract, name: str, receipt: Any) -> list[dict[str, Any]]:
        """The arguments of the events of one name that a receipt holds."""
        found = [log for log in receipt["logs"] if log["address"] == contract.address]
        event = contract.events[name]()
        topic = keccak(text=event.signature)
        return [dict(event.process_log(log)["args"]) for log in found if log["topics"][0] == topic]

    def refuses(
        self,
        call: ContractFunction,
        sender: LocalAccount,
        error: str,
        *arguments: object,
        value: int = 0,
    ) -> None:
        """Asserts that a call reverts with a custom error and its arguments."""
        with pytest.raises(TransactionFailed) as caught:
            call.call({"from": sender.address, "value": value})
        assert self.error(caught.value) == (error, *arguments)

    def error(self, failure: TransactionFailed) -> tuple[object, ...]:
        """A revert's custom error and its arguments."""
        found = re.fullmatch(r"execution reverted: (b['\"].*)", str(failure), re.DOTALL)
        assert found, failure
        data: bytes = ast.literal_eval(found[1])
        entry = self._errors[data[:4]]
        types = [collapse_if_tuple(dict(given)) for given in entry["inputs"]]
        values = decode(types, data[4:])
        return (
            entry["name"],
            *(
                self.w3.to_checksum_address(value) if kind == "address" else value
                for kind, value in zip(types, values, strict=True)
            ),
        )

    def sign(
        self,
        signer: LocalAccount,
        kind: str,
        values: Sequence[object],
        verifier: Contract,
        **domain: object,
    ) -> bytes:
        """An EIP-712 signature, by eth-account from the types' text alone.

        Fields of the domain that are given replace those of this chain.
        """
        fields = [field.split(" ") for field in TYPES[kind].split(",")]
        signable = encode_typed_data(
            domain_data={
                "name": "perfledger",
                "version": "1",
                "chainId": self.w3.eth.chain_id,
                "verifyingContract": verifier.address,
            }
            | domain,
            message_types={kind: [{"name": name, "type": type_} for type_, name in fields]},
            message_data=dict(zip([name for _, name in fields], values, strict=True)),
        )
        return bytes(signer.sign_message(signable).signature)

    def anchored(self, root: bytes, count: int, publisher: LocalAccount | None = None) -> bytes:
        """Anchors a batch; returns its name."""
        sender = publisher or self.publisher
        self.send(self.registry.functions.anchor(root, count, digest("manifest")), sender)
        return bytes(self.registry.functions.batchIdOf(sender.address, root).call())

    def joined(self, account: LocalAccount) -> LocalAccount:
        """Makes an account an active validator."""
        self.send(self.validators.functions.admit(account.address), self.governor)
        self.send(self.validators.functions.join(), account, value=BOND)
        return account

    def balance(self, address: str) -> int:
        return self.w3.eth.get_balance(self.w3.to_checksum_address(address))

    def pass_time(self, seconds: int) -> None:
        """Mines a block that much later."""
        now = self.tester.get_block_by_number("pending")["timestamp"]
        self.tester.time_travel(now + seconds)
        self.tester.mine_block()

    @cached_property
    def _errors(self) -> dict[bytes, Mapping[str, Any]]:
        artefacts = [contracts.load(name) for name in contracts.NAMES]
        artefacts += [contracts.read(path) for path in FOR_TESTS.glob("*.json")]
        entries = [
            entry for artefact in artefacts for entry in artefact.abi if entry["type"] == "error"
        ]
        return {keccak(text=_signature(entry))[:4]: entry for entry in entries}


def malleated(signature: bytes) -> bytes:
    """The other signature that recovers to the same key: s mirrored, v flipped (EIP-2)."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = order - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


def _signature(entry: Mapping[str, Any]) -> str:
    types = ",".join(collapse_if_tuple(dict(given)) for given in entry["inputs"])
    return f"{entry['name']}({types})"
