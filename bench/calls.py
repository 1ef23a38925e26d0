"""Every transaction of the ledger's contracts and some of EAS's, on one py-evm chain."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_tester import EthereumTester  # type: ignore[import-untyped]
from eth_tester import PyEVMBackend
from eth_utils import to_canonical_address
from hexbytes import HexBytes
from web3 import EthereumTesterProvider
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.types import Nonce
from web3.types import Wei

import contracts
from bench.costs import MERKLE_CHECK
from bench.costs import Cost
from contracts.deploy import deploy
from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from ledger.anchor.merkle import root_of_proof

BATCHES = (1, 100, 1_000, 10_000)
BOND = 10**18
EXIT_DELAY = 60
FAR = 2**40
RANDOM = random.Random(2026)
"""Seeded, so that each run gives the same calldata and so the same gas."""

ZERO_ADDRESS = "0x" + 40 * "0"
SUBMISSION = ["bytes32", "address", "uint32"]
ANCHOR = [
    {"name": "root", "type": "bytes32"},
    {"name": "count", "type": "uint32"},
    {"name": "manifestDigest", "type": "bytes32"},
    {"name": "nonce", "type": "uint256"},
    {"name": "deadline", "type": "uint256"},
]


class Bench:
    """Both systems on one chain."""

    def __init__(self, eas_artifacts: Path) -> None:
        self.tester = EthereumTester(PyEVMBackend())
        self.w3 = Web3(EthereumTesterProvider(self.tester))
        self.sender = self.w3.eth.accounts[0]
        deployed = deploy(
            self.w3,
            self.sender,
            governor=self.sender,
            quorum=1,
            bond_wei=BOND,
            exit_delay_seconds=EXIT_DELAY,
        )
        self.registry, self.validators, self.attestations = (
            self.w3.eth.contract(address=deployed[name].address, abi=contracts.load(name).abi)
            for name in contracts.NAMES
        )
        self.deployments = [
            Cost(
                "deployment",
                name,
                None,
                self.w3.eth.get_transaction_receipt(HexBytes(found.tx_hash))["gasUsed"],
            )
            for name, found in deployed.items()
        ]
        self.schemas = self._created(eas_artifacts, "SchemaRegistry")
        self.eas = self._created(eas_artifacts, "EAS", self.schemas.address)

    def ours(self) -> Iterator[Cost]:
        """Anchors of several sizes, and attestations of the largest."""
        for count in BATCHES:
            root = batch_root(count, self.sender)
            call = self.registry.functions.anchor(root, count, RANDOM.randbytes(32))
            yield Cost("perfledger", "anchor", count, self._gas(call))
        yield Cost("perfledger", "anchorBySig", 1_000, self._gas(self._signed_anchor(1_000)))
        yield self._cost("voidNonce", self.registry.functions.voidNonce())
        yield from self._corrections()
        yield Cost("perfledger", MERKLE_CHECK, None, self._merkle_check(10))
        functions = self.validators.functions
        yield self._cost("admit", functions.admit(self.sender))
        yield self._cost("join", functions.join(), value=BOND)
        batch_id = self.registry.functions.batchIdOf(self.sender, root).call()
        for sequence, call_name in ((1, "attest, first"), (2, "attest, correction")):
            verdicts = (RANDOM.randbytes(32), count - 10, 10, RANDOM.randbytes(32))
            attest = self.attestations.functions.attest(batch_id, sequence, *verdicts)
            yield Cost("perfledger", call_name, count, self._gas(attest))
        yield from self._governing()
        yield from self._leaving()

    def _corrections(self) -> Iterator[Cost]:
        """A batch that is replaced, and a record that is withdrawn."""
        record, sibling, other = (RANDOM.randbytes(32) for _ in range(3))
        submission = root_of_proof(leaf_hash(["bytes32"], [record]), [sibling])
        leaf = leaf_hash(SUBMISSION, [submission, self.sender, 2])
        batch = root_of_proof(leaf, [sibling])
        for root in (batch, other):
            self._gas(self.registry.functions.anchor(root, 2, other))
        yield self._cost("supersede", self.registry.functions.supersede(batch, other))
        revoke = self.registry.functions.revoke(
            self.sender, batch, record, submission, 2, [sibling], [sibling]
        )
        yield self._cost("revoke", revoke)

    def _governing(self) -> Iterator[Cost]:
        functions = self.validators.functions
        yield self._cost("setQuorum", functions.setQuorum(2))
        yield self._cost("setBond", functions.setBond(BOND + 1))

    def _leaving(self) -> Iterator[Cost]:
        """A validator that leaves, and one whose bond is taken."""
        functions = self.validators.functions
        yield self._cost("requestExit", functions.requestExit())
        self.tester.time_travel(self.w3.eth.get_block("latest")["timestamp"] + EXIT_DELAY + 1)
        yield self._cost("withdraw", functions.withdraw(self.sender))
        culprit = Account.from_key(RANDOM.randbytes(32))
        self.w3.eth.send_transaction(
            {"from": self.sender, "to": culprit.address, "value": Wei(3 * BOND)}
        )
        self._gas(functions.admit(culprit.address))
        self._join(culprit)
        yield self._cost("proveEquivocation", self._equivocation(culprit))
        yield self._cost("claimReward", functions.claimReward(self.sender))

    def _join(self, account: LocalAccount) -> None:
        join = self.validators.functions.join()
        transaction = join.build_transaction(
            {"from": account.address, "nonce": Nonce(0), "value": Wei(BOND + 1)}
        )
        signed = account.sign_transaction(dict(transaction))
        tx = self.w3.eth.send_raw_transaction(signed.raw_transaction)
        assert self.w3.eth.wait_for_transaction_receipt(tx)["status"] == 1

    def _equivocation(self, culprit: LocalAccount) -> ContractFunction:
        batch_id = RANDOM.randbytes(32)
        said = [(RANDOM.randbytes(32), 9, 1), (RANDOM.randbytes(32), 10, 0)]
        signatures = [
            culprit.unsafe_sign_hash(
                self.attestations.functions.verdictsDigest(batch_id, 1, *each).call()
            ).signature
            for each in said
        ]
        return self.attestations.functions.proveEquivocation(
            culprit.address, batch_id, 1, said[0], signatures[0], said[1], signatures[1]
        )

    def _merkle_check(self, depth: int) -> int:
        """The execution of a Merkle check, leaf included, in the contract that does it.

        The same call on a batch that is not anchored ends just before the check.
        """
        submission = RANDOM.randbytes(32)
        proof = [RANDOM.randbytes(32) for _ in range(depth)]
        root = root_of_proof(leaf_hash(SUBMISSION, [submission, self.sender, 7]), proof)
        call = self.registry.functions.verifySubmission(
            self.sender, root, submission, self.sender, 7, proof
        )
        unchecked = self._execution(call, expected=False)
        self._gas(self.registry.functions.anchor(root, 7, submission))
        return self._execution(call, expected=True) - unchecked

    def _execution(self, call: ContractFunction, *, expected: bool) -> int:
        """What a call of a view takes without the transaction around it."""
        vm = self.tester.backend.chain.get_vm()
        target = to_canonical_address(call.address)
        computation = vm.execute_bytecode(
            origin=to_canonical_address(self.sender),
            gas_price=0,
            gas=1_000_000,
            to=target,
            sender=to_canonical_address(self.sender),
            value=0,
            data=bytes(HexBytes(call._encode_transaction_data())),  # noqa: SLF001 - web3 has no other
            code=vm.state.get_code(target),
        )
        assert computation.output == int(expected).to_bytes(32, "big")
        return int(computation.get_gas_used())

    def _cost(self, name: str, call: ContractFunction, *, value: int = 0) -> Cost:
        return Cost("perfledger", name, None, self._gas(call, value=value))

    def theirs(self) -> Iterator[Cost]:
        """The calls of EAS by which a record could be put on chain."""
        register = self.schemas.functions.register("bytes32 record", ZERO_ADDRESS, True)
        schema = register.call({"from": self.sender})
        self._gas(register)
        call = self.eas.functions.timestamp(RANDOM.randbytes(32))
        yield Cost("EAS", "timestamp", 1, self._gas(call))
        call = self.eas.functions.attest((schema, request()))
        yield Cost("EAS", "attest", 1, self._gas(call))
        call = self.eas.functions.multiAttest([(schema, [request() for _ in range(100)])])
        yield Cost("EAS", "multiAttest", 100, self._gas(call))

    def _signed_anchor(self, count: int) -> ContractFunction:
        publisher = Account.from_key(RANDOM.randbytes(32))
        root, manifest, deadline = (
            batch_root(count, publisher.address),
            RANDOM.randbytes(32),
            FAR,
        )
        values = (root, count, manifest, 0, deadline)
        signable = encode_typed_data(
            domain_data={
                "name": "perfledger",
                "version": "1",
                "chainId": self.w3.eth.chain_id,
                "verifyingContract": self.registry.address,
            },
            message_types={"Anchor": ANCHOR},
            message_data=dict(zip([field["name"] for field in ANCHOR], values, strict=True)),
        )
        signature = publisher.sign_message(signable).signature
        return self.registry.functions.anchorBySig(
            publisher.address, root, count, manifest, deadline, signature
        )

    def _created(self, artifacts: Path, name: str, *arguments: object) -> Contract:
        document = json.loads((artifacts / f"{name}.sol/{name}.json").read_text(encoding="utf-8"))
        factory = self.w3.eth.contract(abi=document["abi"], bytecode=document["bytecode"])
        tx = factory.constructor(*arguments).transact({"from": self.sender})
        address = self.w3.eth.wait_for_transaction_receipt(tx)["contractAddress"]
        assert address is not None
        return self.w3.eth.contract(address=address, abi=document["abi"])

    def _gas(self, call: ContractFunction, *, value: int = 0) -> int:
        tx = call.transact({"from": self.sender, "value": Wei(value)})
        return int(self.w3.eth.wait_for_transaction_receipt(tx)["gasUsed"])


def batch_root(count: int, contributor: str) -> bytes:
    """The root of a batch that is one submission of random records."""
    leaves = [leaf_hash(["bytes32"], [RANDOM.randbytes(32)]) for _ in range(count)]
    submission = StandardMerkleTree.of(leaves).root
    return leaf_hash(SUBMISSION, [submission, contributor, count])


def request() -> tuple[object, ...]:
    """One EAS attestation of a random record digest, the least that would name a record there."""
    return (ZERO_ADDRESS, 0, True, bytes(32), RANDOM.randbytes(32), 0)
