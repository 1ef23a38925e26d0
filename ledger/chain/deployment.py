"""Where the ledger's contracts are, one file per network."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError

from ledger.errors import SettingsError
from ledger.record.eip712 import Domain
from ledger.record.eip712 import InvalidAddressError
from ledger.record.eip712 import address_of
from ledger.store.files import write_durably

Address = Annotated[str, AfterValidator(address_of)]
Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]


class WrongLedgerError(SettingsError):
    """Two parts do not belong to the same ledger."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """What a signature or an event belongs to: three contracts on one chain.

    Attributes:
        chain_id: EIP-155 chain id.
        registry: EIP-55 address of ContributionRegistry.
        validator_set: EIP-55 address of ValidatorSet.
        attestations: EIP-55 address of Attestations.
    """

    chain_id: int
    registry: str
    validator_set: str
    attestations: str

    def __post_init__(self) -> None:
        """Refuse what is not an address in its one form, as comparisons are of text."""
        for address in (self.registry, self.validator_set, self.attestations):
            if address_of(address) != address:
                raise InvalidAddressError(f"not an EIP-55 address: {address}")

    @property
    def submission_domain(self) -> Domain:
        """The EIP-712 domain of a contributor's signature."""
        return Domain(self.chain_id, self.registry)

    @property
    def verdict_domain(self) -> Domain:
        """The EIP-712 domain of a validator's signature."""
        return Domain(self.chain_id, self.attestations)


class Deployment(BaseModel):
    """The three contracts on one network.

    Attributes:
        network: a name for people, e.g. ``dev`` or ``sepolia``.
        chain_id: EIP-155 chain id.
        genesis_hash: hash of the chain's first block; chain ids are not unique, above all those of
            development chains.
        from_block: block of the first contract; there are no events before it.
        code_hashes: Keccak-256 of each contract's runtime code, by contract name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str
    chain_id: Annotated[int, Field(ge=1)]
    genesis_hash: Hash
    from_block: Annotated[int, Field(ge=0)]
    registry: Address
    validator_set: Address
    attestations: Address
    code_hashes: dict[str, str] = {}

    @property
    def contracts(self) -> Contracts:
        """Chain and addresses alone, as who verifies a proof has to know them."""
        return Contracts(self.chain_id, self.registry, self.validator_set, self.attestations)

    @property
    def submission_domain(self) -> Domain:
        """The EIP-712 domain of a contributor's signature."""
        return self.contracts.submission_domain

    @property
    def verdict_domain(self) -> Domain:
        """The EIP-712 domain of a validator's signature."""
        return self.contracts.verdict_domain

    @property
    def addresses(self) -> tuple[str, str, str]:
        """The addresses whose events make up the ledger."""
        return self.registry, self.validator_set, self.attestations

    @property
    def identity(self) -> str:
        """What tells this ledger from every other: chain (as in CAIP-2), genesis, contracts."""
        return ":".join(("eip155", str(self.chain_id), self.genesis_hash, *self.addresses))

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_durably(path, (self.model_dump_json(indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> "Deployment":
        """Read the file of a network.

        Raises:
            SettingsError: there is none, or it is not a deployment.
        """
        try:
            return cls.model_validate(json.loads(path.read_bytes()))
        except FileNotFoundError as error:
            raise SettingsError(
                f"no deployment is known for this chain: {path} does not exist",
                hint="`perfledger init` deploys the contracts on the development chain. On another "
                "network, put the deployment file of the ledger you join there, or deploy one of "
                "your own with `perfledger chain deploy`.",
            ) from error
        except (ValidationError, ValueError, InvalidAddressError) as error:
            raise SettingsError(
                f"{path} is not a deployment file: {error}",
                hint="Restore it from a backup, or get it again from who deployed the ledger.",
            ) from error
