"""A deployment under way: what is to be deployed, and every transaction that was signed for it."""

import json
from pathlib import Path
from typing import Annotated
from typing import Self

from eth_utils import to_checksum_address
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError

import contracts
from contracts.deploy import create_address
from ledger.chain.deployment import Address
from ledger.chain.deployment import Hash
from ledger.errors import SettingsError
from ledger.record.keccak import keccak
from ledger.store.files import write_durably


class Parameters(BaseModel):
    """What the operator chooses.

    Attributes:
        network: a name for people.
        governor: who admits validators and sets quorum and bond.
        quorum: how many validators have to agree.
        bond_wei: what a validator has to post.
        exit_delay_seconds: how long a bond stays slashable after its validator stopped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str
    governor: Address
    quorum: Annotated[int, Field(ge=1)]
    bond_wei: Annotated[int, Field(ge=1)]
    exit_delay_seconds: Annotated[int, Field(ge=1)]


class Step(BaseModel):
    """One contract to deploy.

    Attributes:
        name: of the contract.
        nonce: of the deployer's transaction. It fixes the address.
        sent: the transactions signed for it, hex, newest last; at most one can be mined.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    nonce: Annotated[int, Field(ge=0)]
    sent: tuple[str, ...] = ()

    @property
    def raw(self) -> tuple[bytes, ...]:
        """The signed transactions."""
        return tuple(bytes.fromhex(each) for each in self.sent)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Their hashes."""
        return tuple(keccak(each) for each in self.raw)

    def signed(self, raw: bytes) -> Self:
        """The step with one more transaction."""
        return self.model_copy(update={"sent": (*self.sent, raw.hex())})


class Plan(BaseModel):
    """A deployment under way, as its file holds it until it is complete.

    Attributes:
        chain_id: EIP-155 chain id.
        genesis_hash: of the chain.
        deployer: who signs and pays.
        parameters: what the operator chose.
        steps: one for each contract, in the order of their nonces.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    chain_id: int
    genesis_hash: Hash
    deployer: Address
    parameters: Parameters
    steps: tuple[Step, ...]

    def address(self, name: str) -> str:
        """Where a contract comes to be."""
        return str(create_address(to_checksum_address(self.deployer), self.step(name).nonce))

    def step(self, name: str) -> Step:
        """The step that deploys a contract."""
        return next(step for step in self.steps if step.name == name)

    def arguments(self, name: str) -> tuple[object, ...]:
        """What a contract's constructor is given."""
        chosen = self.parameters
        slasher = self.address("Attestations")
        return {
            "ContributionRegistry": (),
            "ValidatorSet": (
                to_checksum_address(chosen.governor),
                slasher,
                chosen.quorum,
                chosen.bond_wei,
                chosen.exit_delay_seconds,
            ),
            "Attestations": (self.address("ContributionRegistry"), self.address("ValidatorSet")),
        }[name]

    def with_step(self, step: Step) -> Self:
        """The plan with a step replaced."""
        steps = tuple(step if each.name == step.name else each for each in self.steps)
        return self.model_copy(update={"steps": steps})

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_durably(path, (self.model_dump_json(indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> "Plan | None":
        """The deployment under way, if one is.

        Raises:
            SettingsError: the file is not what it should be.
        """
        try:
            return cls.model_validate(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValidationError, ValueError) as error:
            raise SettingsError(
                f"{path} is not a deployment under way: {error}",
                hint="Restore it from a backup. Without it, what is deployed is paid again.",
            ) from error


def steps_from(nonce: int, names: tuple[str, ...] = contracts.NAMES) -> tuple[Step, ...]:
    """A step for each contract, from a nonce on."""
    return tuple(Step(name=name, nonce=nonce + place) for place, name in enumerate(names))
