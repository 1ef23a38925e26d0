"""The transactions of a deployment: signed, sent, followed to their receipts."""

import time
from itertools import count
from typing import Any
from typing import Protocol

from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3
from web3.contract.contract import ContractConstructor
from web3.exceptions import ContractLogicError
from web3.exceptions import TransactionNotFound
from web3.exceptions import Web3RPCError
from web3.types import Nonce
from web3.types import TxReceipt

import contracts
from contracts.deploy import DeploymentError
from ledger.chain.deploying.gas import creation_gas
from ledger.chain.deploying.plan import Plan
from ledger.chain.deploying.plan import Step
from ledger.chain.fees import FeePolicy
from ledger.chain.offers import Fees
from ledger.errors import UnavailableError

GAS_MARGIN = 1.2
"""Gas offered over the estimate; what is not used is not paid."""

FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.02, 2.0
"""Between two looks for a receipt."""


class CreationSigner(Protocol):
    """Whoever signs and pays."""

    @property
    def address(self) -> str:
        """EIP-55 address of the key."""

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed transaction as the network takes it (EIP-2718)."""


class Creations:
    """Brings the steps of a plan onto the chain.

    Args:
        w3: the chain.
        signer: the key that pays.
        max_fee_gwei: most that is offered per unit of gas.
        receipt_seconds: how long to wait for each transaction to be mined.
    """

    def __init__(
        self, w3: Web3, signer: CreationSigner, *, max_fee_gwei: int, receipt_seconds: float
    ) -> None:
        self._w3 = w3
        self._signer = signer
        self.fees = FeePolicy(w3, cap_gwei=max_fee_gwei)
        self._receipt_seconds = receipt_seconds

    @property
    def address(self) -> ChecksumAddress:
        """EIP-55 address of the key that pays."""
        return self._w3.to_checksum_address(self._signer.address)

    def count(self, block: str) -> int:
        """How many transactions of the key there are as of ``latest`` or ``pending``."""
        return int(self._w3.eth.get_transaction_count(self.address, block))  # type: ignore[arg-type]

    def gas(self, plan: Plan, step: Step) -> int:
        """What a step takes, about.

        Raises:
            DeploymentError: the contract refuses its arguments.
        """
        # The validator set, which its constructor asks, has to be there first.
        if step.name == "Attestations":
            return creation_gas(contracts.load(step.name))
        return self._estimate(plan, step.name)

    def code(self, plan: Plan, name: str) -> bytes:
        """What is at a contract's address."""
        return bytes(self._w3.eth.get_code(self._w3.to_checksum_address(plan.address(name))))

    def receipt(self, step: Step) -> TxReceipt | None:
        """The receipt of whichever of a step's transactions is mined."""
        for each in step.hashes:
            try:
                return self._w3.eth.get_transaction_receipt(HexBytes(each))
            except TransactionNotFound:
                continue
        return None

    def is_outbid(self, step: Step) -> bool:
        """Whether what a step's newest transaction offers is less than the network burns by now."""
        return Fees.of(step.raw[-1]).most < self.fees.base()

    def signed(self, plan: Plan, step: Step) -> Step:
        """The step with a transaction more, which offers more than those before."""
        offered = self.fees.outbid(Fees.of(step.raw[-1])) if step.sent else self.fees.price()
        transaction = self._constructor(plan, step.name).build_transaction(
            {
                "from": self.address,
                "nonce": Nonce(step.nonce),
                "gas": int(self._estimate(plan, step.name) * GAS_MARGIN),
                "maxFeePerGas": self._w3.to_wei(offered.most, "wei"),
                "maxPriorityFeePerGas": self._w3.to_wei(offered.priority, "wei"),
                "chainId": plan.chain_id,
            }
        )
        return step.signed(self._signer.sign_transaction(dict(transaction)))

    def send(self, step: Step) -> None:
        """Hand over the newest transaction of a step.

        Raises:
            UnavailableError: the node refuses it, and has none of those before either.
        """
        try:
            self._w3.eth.send_raw_transaction(HexBytes(step.raw[-1]))
        except Web3RPCError as error:
            # One that it has, or has mined, is as good as sent; nodes say so in many words.
            if not any(self._knows(each) for each in step.hashes):
                raise UnavailableError(
                    f"the node refuses the deployment of {step.name}: {error}",
                    hint="Deploy again once that is mended: what is deployed already is kept.",
                ) from error

    def mined(self, step: Step) -> TxReceipt:
        """Wait for a step's receipt.

        Raises:
            UnavailableError: there is none in time.
        """
        deadline = time.monotonic() + self._receipt_seconds
        for turn in count():
            if (found := self.receipt(step)) is not None:
                return found
            if time.monotonic() > deadline:
                break
            time.sleep(min(FIRST_POLL_SECONDS * 2**turn, LONGEST_POLL_SECONDS))
        raise UnavailableError(
            f"the deployment of {step.name} is not mined after {self._receipt_seconds:.0f} s",
            hint="It may still be. Deploy again: it goes on where it stopped, and nothing is paid "
            "twice.",
        )

    def _knows(self, transaction_hash: bytes) -> bool:
        try:
            self._w3.eth.get_transaction(HexBytes(transaction_hash))
        except TransactionNotFound:
            return False
        return True

    def _estimate(self, plan: Plan, name: str) -> int:
        try:
            return int(self._constructor(plan, name).estimate_gas({"from": self.address}))
        except ContractLogicError as error:
            raise DeploymentError(
                f"{name} refuses to be deployed with these arguments: {error}",
                hint="Quorum, bond and exit delay have to be at least 1, the delay at most a year.",
            ) from error
        except Web3RPCError as error:
            raise UnavailableError(
                f"the node does not estimate the deployment of {name}: {error}",
                hint=f"Does {self.address} have ether to pay for it?",
            ) from error

    def _constructor(self, plan: Plan, name: str) -> ContractConstructor:
        artefact = contracts.load(name)
        factory = self._w3.eth.contract(abi=artefact.abi, bytecode=artefact.bytecode)
        return factory.constructor(*plan.arguments(name))
