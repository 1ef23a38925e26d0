"""The ledger's contracts on one chain, as web3 contract objects."""

from functools import cached_property

from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract

import contracts
from ledger.chain.deployment import Contracts
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.errors import SettingsError


class WrongContractError(SettingsError):
    """What is deployed at an address is not the contract that should be there."""


def genesis_hash(w3: Web3) -> str:
    """Hash of a chain's first block, as ``0x`` and 64 digits."""
    return HexBytes(w3.eth.get_block(0)["hash"]).to_0x_hex()


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
        self._require_chain()
        for name, address in zip(contracts.NAMES, self.deployment.addresses, strict=True):
            code = bytes(self.w3.eth.get_code(self.w3.to_checksum_address(address)))
            if not code:
                raise WrongContractError(
                    f"there is no contract at {address} ({name}) on chain "
                    f"{self.deployment.chain_id}",
                    hint="Is this the right network? Its deployment file says where the contracts "
                    "are; `perfledger doctor` shows both.",
                )
            if not contracts.load(name).is_code(code):
                raise WrongContractError(
                    f"the code at {address} is not {name} of this version of perfledger",
                    hint="Use the version of perfledger that the ledger was deployed with.",
                )

    def _require_chain(self) -> None:
        found = genesis_hash(self.w3)
        if found != self.deployment.genesis_hash:
            raise WrongLedgerError(
                f"the chain begins with block {found}, that of the deployment with "
                f"{self.deployment.genesis_hash}",
                hint="Set PERFLEDGER_RPC_URL to the network of the deployment file. Where that "
                "chain is gone (a development chain that was deleted), begin in a new home.",
            )
