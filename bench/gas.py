"""Gas of anchoring and attesting, beside the Ethereum Attestation Service (EAS).

``python bench/gas.py [--json]`` deploys both on one py-evm chain, runs each transaction once and
prints what its receipt says. EAS comes from npm in the version that contracts/package.json pins,
as its authors compiled it.
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_tester import EthereumTester  # type: ignore[import-untyped]
from eth_tester import PyEVMBackend
from hexbytes import HexBytes
from rich import box
from rich.console import Console
from rich.table import Table
from web3 import EthereumTesterProvider
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.types import Wei

import contracts
from contracts import sources
from contracts.deploy import deploy
from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from ledger.errors import PerfledgerError
from tools import node

EAS = "@ethereum-attestation-service/eas-contracts"
BATCHES = (1, 100, 1_000, 10_000)
TARGETS = {1_000: 60, 10_000: 6}
"""Records in a batch, and the gas that each may take."""

RANDOM = random.Random(2026)
"""Seeded, so that each run gives the same calldata and so the same gas."""

ZERO_ADDRESS = "0x" + 40 * "0"
ANCHOR = [
    {"name": "root", "type": "bytes32"},
    {"name": "count", "type": "uint32"},
    {"name": "manifestDigest", "type": "bytes32"},
    {"name": "nonce", "type": "uint256"},
    {"name": "deadline", "type": "uint256"},
]


@dataclass(frozen=True)
class Cost:
    """What one transaction takes.

    Attributes:
        system: whose contract.
        call: the function called.
        records: how many records it covers; none for a deployment.
        gas: the receipt's gasUsed.
    """

    system: str
    call: str
    records: int | None
    gas: int

    @property
    def per_record(self) -> float | None:
        """Gas for each record that the transaction covers."""
        return self.gas / self.records if self.records else None

    @property
    def target(self) -> int | None:
        """The most that each record may take, where that is promised."""
        return TARGETS.get(self.records or 0) if self.call == "anchor" else None

    @property
    def missed(self) -> bool:
        """Whether it takes more than is promised."""
        return bool(self.target and self.per_record and self.per_record > self.target)

    def as_json(self) -> dict[str, Any]:
        """The cost as a row of ``--json``."""
        return asdict(self) | {"gas_per_record": self.per_record, "target": self.target}


class Bench:
    """Both systems on one chain."""

    def __init__(self, eas_artifacts: Path) -> None:
        self.w3 = Web3(EthereumTesterProvider(EthereumTester(PyEVMBackend())))
        self.sender = self.w3.eth.accounts[0]
        deployed = deploy(
            self.w3,
            self.sender,
            governor=self.sender,
            quorum=1,
            bond_wei=1,
            exit_delay_seconds=1,
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
        self._gas(self.validators.functions.admit(self.sender))
        self._gas(self.validators.functions.join(), value=1)
        batch_id = self.registry.functions.batchIdOf(self.sender, root).call()
        for sequence, call_name in ((1, "attest, first"), (2, "attest, correction")):
            verdicts = (RANDOM.randbytes(32), count - 10, 10, RANDOM.randbytes(32))
            attest = self.attestations.functions.attest(batch_id, sequence, *verdicts)
            yield Cost("perfledger", call_name, count, self._gas(attest))

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
            2**40,
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
    return leaf_hash(["bytes32", "address", "uint32"], [submission, contributor, count])


def request() -> tuple[object, ...]:
    """One EAS attestation of a random record digest, the least that would name a record there."""
    return (ZERO_ADDRESS, 0, True, bytes(32), RANDOM.randbytes(32), 0)


def show(costs: list[Cost]) -> None:
    table = Table(title="Gas, as measured on py-evm", box=box.SIMPLE_HEAD, collapse_padding=True)
    for column in ("system", "call"):
        table.add_column(column, no_wrap=True)
    for column in ("records", "gas", "per record", "target"):
        table.add_column(column, justify="right", no_wrap=True)
    for cost in costs:
        table.add_row(
            cost.system,
            cost.call,
            f"{cost.records:,}" if cost.records else "",
            f"{cost.gas:,}",
            f"{cost.per_record:,.1f}" if cost.per_record else "",
            f"≤ {cost.target}" if cost.target else "",
        )
    Console().print(table)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of a table.")
def main(as_json: bool) -> None:
    """Measure the gas of anchoring and attesting, beside EAS."""
    try:
        bench = Bench(node.npm_ci(sources.FOLDER) / EAS / "artifacts/contracts")
    except PerfledgerError as error:
        click.echo(error.diagnostics(), err=True)
        sys.exit(error.exit_code)
    costs = [*bench.ours(), *bench.theirs(), *bench.deployments]
    if as_json:
        click.echo(json.dumps([cost.as_json() for cost in costs], indent=2))
    else:
        show(costs)
    if any(cost.missed for cost in costs):
        click.echo("a target was missed", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
