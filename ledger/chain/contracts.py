"""The ledger's contracts on one chain, as web3 contract objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from functools import partial

from web3 import Web3
from web3.contract import Contract

import contracts
from ledger.chain import rpc
from ledger.chain.deployment import Contracts
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.errors import SettingsError
from ledger.record.keccak import keccak


class WrongContractError(SettingsError):
    """What is deployed at an address is not the contract that should be there."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a look at one contract found.

    Attributes:
        name: of the contract.
        address: where it should be.
        code_hash: Keccak-256 of the code found there, as ``0x`` and 64 digits.
        recorded_hash: the one in the deployment file; empty if it has none.
        problem: what is wrong with it; empty if nothing is.
        hint: what to do about it.
    """

    name: str
    address: str
    code_hash: str
    recorded_hash: str
    problem: str = ""
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is the contract that should be there."""
        return not self.problem


def genesis_hash(w3: Web3) -> str:
    """Hash of a chain's first block, as ``0x`` and 64 digits."""
    return str(rpc.call(w3, "eth_getBlockByNumber", hex(0), False)["hash"])


class Bindings:
    """The three contracts, wherever somebody says that they are.

    Attributes:
        w3: the chain.
    """

    def __init__(self, w3: Web3, addresses: Contracts) -> None:
        self.w3 = w3
        self._addresses = addresses

    @cached_property
    def registry(self) -> Contract:
        """ContributionRegistry."""
        return self._bind("ContributionRegistry", self._addresses.registry)

    @cached_property
    def validator_set(self) -> Contract:
        """ValidatorSet."""
        return self._bind("ValidatorSet", self._addresses.validator_set)

    @cached_property
    def attestations(self) -> Contract:
        """Attestations."""
        return self._bind("Attestations", self._addresses.attestations)

    def _bind(self, name: str, address: str) -> Contract:
        return self.w3.eth.contract(
            address=self.w3.to_checksum_address(address), abi=contracts.load(name).abi
        )


class LedgerContracts(Bindings):
    """The three contracts of a deployment.

    Attributes:
        deployment: where they are.
    """

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        super().__init__(w3, deployment.contracts)
        self.deployment = deployment

    def require_code(self) -> None:
        """Refuse another chain, and contracts whose code is not that of the artefacts.

        Raises:
            WrongLedgerError: the chain is not the one of the deployment.
            WrongContractError: no code, or other code, at one of the addresses.
        """
        for found in self.examine():
            if not found.ok:
                raise WrongContractError(found.problem, hint=found.hint)

    def examine(self) -> Iterator[Examined]:
        """Compare the code of each contract with its artefact and with what was recorded.

        Raises:
            WrongLedgerError: the chain is not the one of the deployment.
        """
        addresses = self.deployment.addresses
        genesis, *codes = map(
            rpc.result,
            rpc.ask(
                self.w3,
                [
                    ("eth_getBlockByNumber", [hex(0), False]),
                    *(("eth_getCode", [address, "latest"]) for address in addresses),
                ],
            ),
        )
        self._require_chain(str(genesis["hash"]))
        for name, address, code in zip(contracts.NAMES, addresses, codes, strict=True):
            yield self._examined(name, address, bytes.fromhex(code[2:]))

    def _examined(self, name: str, address: str, code: bytes) -> Examined:
        code_hash = "0x" + keccak(code).hex()
        recorded = self.deployment.code_hashes.get(name, "")
        look = partial(Examined, name, address, code_hash, recorded)
        if not code:
            return look(
                f"there is no contract at {address} ({name}) on chain {self.deployment.chain_id}",
                "Is this the right network? Its deployment file says where the contracts are; "
                "`perfledger chain check` shows both.",
            )
        if not contracts.load(name).is_code(code):
            return look(
                f"the code at {address} is not {name} of this version of perfledger",
                "Use the version of perfledger that the ledger was deployed with.",
            )
        if recorded not in {"", code_hash}:
            return look(
                f"the code at {address} is {name}, but of another deployment than was recorded",
                "Get the deployment file again from who deployed the ledger.",
            )
        return look()

    def _require_chain(self, found: str) -> None:
        if found != self.deployment.genesis_hash:
            raise WrongLedgerError(
                f"the chain begins with block {found}, that of the deployment with "
                f"{self.deployment.genesis_hash}",
                hint="Set PERFLEDGER_RPC_URL to the network of the deployment file. Where that "
                "chain is gone (a development chain that was deleted), begin in a new home.",
            )
