"""Deploys the three contracts, once.

The nonces of all three transactions are fixed at the start, and each transaction is on disk before
it is sent: sent again it is the same one, and replaced by one that offers more it has the same
nonce, so that at most one is mined. The validator set has to know the address of the attestations
contract that comes after it; that follows from the nonce (CREATE).
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eth_typing import ChecksumAddress
from filelock import FileLock
from filelock import Timeout
from web3 import Web3
from web3.types import TxReceipt

import contracts
from contracts.deploy import DeploymentError
from ledger.chain.contracts import genesis_hash
from ledger.chain.deploying.creations import Creations
from ledger.chain.deploying.creations import CreationSigner
from ledger.chain.deploying.plan import Parameters
from ledger.chain.deploying.plan import Plan
from ledger.chain.deploying.plan import steps_from
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.sender import OutOfFundsError
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError
from ledger.record.keccak import keccak

RECEIPT_SECONDS = 600
"""How long to wait for each deployment to be mined."""


class AlreadyDeployedError(SettingsError):
    """There is a deployment for this network."""


class DeploymentBusyError(PerfledgerError):
    """Another process deploys."""

    exit_code: ClassVar[int] = 75


@dataclass(frozen=True, slots=True)
class Quote:
    """What is left to pay.

    Attributes:
        gas: of the deployments that are not on chain yet, about.
        likely_wei: at what the network asks now.
        most_wei: at what is offered.
        balance_wei: what the deployer has.
    """

    gas: int
    likely_wei: int
    most_wei: int
    balance_wei: int


class Deployer:
    """Deploys on one network with one key.

    Args:
        w3: the chain.
        signer: the key. It should send nothing else meanwhile.
        path: where the deployment file goes; the progress is kept beside it.
        max_fee_gwei: most that is offered per unit of gas.
        receipt_seconds: how long to wait for each transaction to be mined.
    """

    def __init__(
        self,
        w3: Web3,
        signer: CreationSigner,
        *,
        path: Path,
        max_fee_gwei: int,
        receipt_seconds: float = RECEIPT_SECONDS,
    ) -> None:
        self._w3 = w3
        self._creations = Creations(
            w3, signer, max_fee_gwei=max_fee_gwei, receipt_seconds=receipt_seconds
        )
        self._path = path
        self._progress = path.with_suffix(".deploying.json")

    @property
    def address(self) -> ChecksumAddress:
        """EIP-55 address of the key that pays."""
        return self._creations.address

    @property
    def begun(self) -> Plan | None:
        """The deployment that was begun and is not complete."""
        return Plan.load(self._progress)

    def parameters(self, given: Mapping[str, object], **otherwise: object) -> Parameters:
        """What is to be deployed: as given; else as begun before; else as the operator's settings.

        Args:
            given: some of the fields of `Parameters`.
            otherwise: quorum, bond and exit delay where they are neither given nor begun.
        """
        begun = self.begun
        rest: Mapping[str, object] = {
            "network": f"eip155:{self._w3.eth.chain_id}",
            "governor": self.address,
            **otherwise,
        }
        if begun is not None:
            rest = begun.parameters.model_dump()
        return Parameters.model_validate({**rest, **given})

    def quote(self, parameters: Parameters) -> Quote:
        """What is left to pay.

        Raises:
            AlreadyDeployedError: nothing; it is all there.
            SettingsError: a deployment with other parameters was begun.
            DeploymentError: the contracts refuse these parameters.
            OutOfFundsError: the deployer cannot pay for it.
        """
        plan = self._plan(parameters)
        gas = sum(
            self._creations.gas(plan, step)
            for step in plan.steps
            if not self._creations.code(plan, step.name)
        )
        fees = self._creations.fees
        offered, base = fees.price(), fees.base()
        balance = int(self._w3.eth.get_balance(self.address))
        if balance < gas * offered.likely(base):
            raise OutOfFundsError(str(self.address))
        return Quote(gas, gas * offered.likely(base), gas * offered.most, balance)

    def deploy(
        self, parameters: Parameters, *, progress: Callable[[str], None] = lambda _: None
    ) -> Deployment:
        """Deploy what is not there yet, and write the deployment file.

        Args:
            parameters: what the operator chose; the same as before if a deployment was begun.
            progress: told of each step.

        Raises:
            AlreadyDeployedError: there is a deployment file.
            DeploymentBusyError: another process is at it.
            DeploymentError: a deployment reverted, or left other code than the artefact's.
            SettingsError: a deployment with other parameters was begun.
            UnavailableError: the node refuses a transaction, or does not mine it in time. Calling
                again goes on where this stopped.
        """
        with self._alone():
            plan = self._plan(parameters)
            plan.save(self._progress)
            receipts = []
            for name in contracts.NAMES:
                progress(f"deploying {name} at {plan.address(name)}")
                plan, receipt = self._bring(plan, name)
                receipts.append(receipt)
            deployment = self._deployment(plan, receipts)
            deployment.save(self._path)
            self._progress.unlink()
        return deployment

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._path.with_suffix(".lock"), timeout=0):
                yield
        except Timeout as error:
            raise DeploymentBusyError(
                "another process deploys on this network", hint="Wait until it is done."
            ) from error

    def _plan(self, parameters: Parameters) -> Plan:
        """The deployment under way, mended; or a new one."""
        if self._path.exists():
            raise AlreadyDeployedError(
                f"the ledger is deployed on this network: {self._path}",
                hint="`perfledger chain check` looks at it. For another ledger on this network, "
                "use another home, or set PERFLEDGER_DEPLOYMENT_FILE.",
            )
        begun = self.begun
        if begun is not None:
            self._require_same(begun, parameters)
            return self._mended(begun)
        return Plan(
            chain_id=self._w3.eth.chain_id,
            genesis_hash=genesis_hash(self._w3),
            deployer=self.address,
            parameters=parameters,
            steps=steps_from(self._creations.count("pending")),
        )

    def _require_same(self, begun: Plan, parameters: Parameters) -> None:
        chain = (self._w3.eth.chain_id, genesis_hash(self._w3))
        if (begun.chain_id, begun.genesis_hash) != chain:
            raise WrongLedgerError(
                f"{self._progress} is of a deployment on another chain",
                hint="Set PERFLEDGER_RPC_URL to that chain. If it is gone, delete the file.",
            )
        if begun.deployer != self.address or begun.parameters != parameters:
            raise SettingsError(
                f"another deployment was begun by {begun.deployer}: {begun.parameters}",
                hint=f"Go on with that key and those options, or delete {self._progress} to begin "
                "anew and pay again for what is deployed.",
            )

    def _mended(self, plan: Plan) -> Plan:
        """A plan some of whose nonces were used otherwise gets new ones for what they were for.

        The registry depends on nothing and stays; validator set and attestations name each other.
        """
        used = self._creations.count("latest")
        lost = [
            step.name
            for step in plan.steps
            if step.nonce < used and not self._creations.code(plan, step.name)
        ]
        if not lost:
            return plan
        kept = () if contracts.NAMES[0] in lost else plan.steps[:1]
        new = steps_from(self._creations.count("pending"), contracts.NAMES[len(kept) :])
        return plan.model_copy(update={"steps": (*kept, *new)})

    def _bring(self, plan: Plan, name: str) -> tuple[Plan, TxReceipt]:
        """Bring one contract onto the chain: sign, keep, send, wait."""
        step = plan.step(name)
        found = self._creations.receipt(step)
        if found is None:
            if not step.sent or self._creations.is_outbid(step):
                step = self._creations.signed(plan, step)
                plan = plan.with_step(step)
                plan.save(self._progress)
            self._creations.send(step)
            found = self._creations.mined(step)
        if not found["status"]:
            raise DeploymentError(
                f"the deployment of {name} reverted",
                hint="Deploy again: what is deployed already is kept.",
            )
        return plan, found

    def _deployment(self, plan: Plan, receipts: list[TxReceipt]) -> Deployment:
        codes = {name: self._creations.code(plan, name) for name in contracts.NAMES}
        for name, code in codes.items():
            if not contracts.load(name).is_code(code):
                raise DeploymentError(
                    f"the chain holds other code for {name} than its artefact",
                    hint="The node may be behind; deploy again to look once more.",
                )
        return Deployment(
            network=plan.parameters.network,
            chain_id=plan.chain_id,
            genesis_hash=plan.genesis_hash,
            from_block=min(receipt["blockNumber"] for receipt in receipts),
            registry=plan.address("ContributionRegistry"),
            validator_set=plan.address("ValidatorSet"),
            attestations=plan.address("Attestations"),
            code_hashes={name: "0x" + keccak(code).hex() for name, code in codes.items()},
        )
