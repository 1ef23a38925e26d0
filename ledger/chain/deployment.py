"""Where a ledger's contracts are: one JSON file per network."""

import json
import os
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import NotFoundError
from ledger.errors import SettingsError
from ledger.record.eip712 import Domain
from ledger.record.eip712 import InvalidAddressError
from ledger.record.eip712 import address_of


class DeploymentNotFoundError(NotFoundError):
    """No deployment of the contracts is known for a network."""

    def __init__(self, chain_id: int, path: Path) -> None:
        super().__init__(
            f"no deployment of the contracts is known for chain {chain_id}",
            hint=f"Put the ledger's deployment file at {path}, or deploy the contracts.",
        )


class InvalidDeploymentError(SettingsError):
    """A deployment file does not have the expected content."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} is not a deployment: {reason}",
            hint="Fetch the file again from whoever runs this ledger.",
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    """The contracts of one ledger.

    Attributes:
        network: a name for people, e.g. ``dev`` or ``sepolia``.
        chain_id: EIP-155 chain id.
        from_block: the first block that can hold an event of the contracts.
        registry: EIP-55 address of ContributionRegistry.
        validator_set: EIP-55 address of ValidatorSet.
        attestations: EIP-55 address of Attestations.
    """

    network: str
    chain_id: int
    from_block: int
    registry: str
    validator_set: str
    attestations: str

    @property
    def submission_domain(self) -> Domain:
        """Where contributors' signatures count."""
        return Domain(self.chain_id, self.registry)

    @property
    def verdict_domain(self) -> Domain:
        """Where validators' signatures count."""
        return Domain(self.chain_id, self.attestations)


def path_of(folder: Path, chain_id: int) -> Path:
    """The file of a network's deployment."""
    return folder / f"{chain_id}.json"


def load(folder: Path, chain_id: int) -> Deployment:
    """The deployment of a network.

    Raises:
        DeploymentNotFoundError: there is no file for this chain.
        InvalidDeploymentError: the file is not a deployment on this chain.
    """
    path = path_of(folder, chain_id)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DeploymentNotFoundError(chain_id, path) from error
    try:
        deployment = _parse(json.loads(text))
    except (ValueError, TypeError, InvalidAddressError) as error:
        raise InvalidDeploymentError(path, str(error)) from error
    if deployment.chain_id != chain_id:
        raise InvalidDeploymentError(path, f"it is for chain {deployment.chain_id}")
    return deployment


def save(folder: Path, deployment: Deployment) -> Path:
    """Write a deployment's file; readers see the old one or the new one, never a half."""
    folder.mkdir(parents=True, exist_ok=True)
    path = path_of(folder, deployment.chain_id)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(json.dumps(asdict(deployment), indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
    return path


def _parse(value: object) -> Deployment:
    if not isinstance(value, dict):
        raise TypeError("expected a JSON object")
    deployment = Deployment(**value)
    for number in (deployment.chain_id, deployment.from_block):
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ValueError("chain_id and from_block have to be whole numbers")
    if not isinstance(deployment.network, str):
        raise TypeError("network has to be text")
    addresses = (deployment.registry, deployment.validator_set, deployment.attestations)
    if any(address_of(address) != address for address in addresses):
        raise ValueError("addresses have to be in EIP-55 form")
    return deployment
