"""The chain by a node's answers."""

from collections.abc import Mapping
from typing import Any

from eth_abi import encode as abi_encode
from eth_typing import BlockNumber
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import BadFunctionCallOutput
from web3.exceptions import BlockNotFound
from web3.exceptions import ContractLogicError

from ledger.chain.contracts import Bindings
from ledger.record import cid
from ledger.verify import slots
from ledger.verify.events import ANCHORED
from ledger.verify.events import ATTESTED
from ledger.verify.events import Attested
from ledger.verify.events import decode_anchored
from ledger.verify.events import decode_attested
from ledger.verify.evidence import AnchorFacts
from ledger.verify.format import EventPart
from ledger.verify.format import VerdictPart
from ledger.verify.policy import Contracts
from ledger.verify.reader import Web3Reader
from ledger.verify.reader import log_of
from ledger.verify.results import Fault
from ledger.verify.results import Result

_COMMITMENT_BYTES = 28


class NodeEvidence:
    """What a node says of the chain, all of it as of one block."""

    def __init__(self, w3: Web3, contracts: Contracts) -> None:
        self._w3 = w3
        self._reader = Web3Reader(w3)
        self._contracts = contracts
        self._bound = Bindings(w3, contracts)
        self._head = BlockNumber(0)
        self._head_hash = ""

    @property
    def rests_on(self) -> str:
        """The node, and the block it was asked at."""
        return f"the node's word at block {self._head} ({self._head_hash})"

    def establish(self) -> str:
        """Check that the node is on the right chain and knows the contracts."""
        chain_id = self._w3.eth.chain_id
        if chain_id != self._contracts.chain_id:
            raise Fault(
                Result.WRONG_CHAIN,
                "the node is on another chain",
                found=chain_id,
                trusted=self._contracts.chain_id,
            )
        head = self._w3.eth.get_block("latest")
        self._head = head["number"]
        self._head_hash = "0x" + bytes(head["hash"]).hex()
        for contract in (
            self._bound.registry,
            self._bound.validator_set,
            self._bound.attestations,
        ):
            if not self._w3.eth.get_code(contract.address, self._head):
                raise Fault(Result.WRONG_CONTRACT, f"there is no contract at {contract.address}")
        return f"the node knows the contracts at block {self._head}"

    def anchor(self, place: EventPart) -> AnchorFacts:
        """The event that anchored the batch, out of the node's logs of its block."""
        if place.block > self._head:
            raise Fault(Result.NOT_ON_CHAIN, f"the chain has no block {place.block} yet")
        number = BlockNumber(place.block)
        try:
            block = self._w3.eth.get_block(number)
        except BlockNotFound as error:
            raise Fault(Result.NOT_ON_CHAIN, f"the node has no block {number}") from error
        logs = self._reader.logs(self._contracts.registry, [ANCHORED], number, number)
        own = [log for log in logs if log["transactionIndex"] == place.receipt]
        for log in own:
            event = decode_anchored(log_of(log))
            if event is not None and self._block_of(event.batch_id) == number:
                return AnchorFacts(event, number, block["timestamp"])
        raise Fault(Result.NOT_ON_CHAIN, f"nothing was anchored there in block {number}")

    def attested(self, batch_id: bytes, verdict: VerdictPart) -> Attested:
        """The statement of the file, where the contract holds its commitment."""
        stored_sequence, stored = self._attestation(batch_id, bytes.fromhex(verdict.validator[2:]))
        report = cid.from_text(verdict.report)
        commitment = Web3.keccak(
            abi_encode(
                ("bytes32", "uint32", "uint32", "bytes32"),
                (verdict.root, verdict.accepted, verdict.rejected, report),
            )
        )[:_COMMITMENT_BYTES]
        if stored_sequence < verdict.sequence:
            raise Fault(
                Result.NOT_ATTESTED, f"the validator's standing sequence is {stored_sequence}"
            )
        if stored_sequence > verdict.sequence:
            raise Fault(
                Result.STALE_VERDICT,
                f"the validator has since attested under sequence {stored_sequence}",
            )
        if stored != commitment:
            raise Fault(Result.NOT_ATTESTED, "the validator attested something else")
        return Attested(
            batch_id,
            bytes.fromhex(verdict.validator[2:]),
            verdict.sequence,
            verdict.root,
            verdict.accepted,
            verdict.rejected,
            report,
        )

    def attestations(self, batch_id: bytes, first: int) -> Mapping[bytes, Attested] | None:
        """The standing attestations of a batch, out of the node's logs since its anchor."""
        topics = [ATTESTED, batch_id]
        found: dict[bytes, Attested] = {}
        for log in self._reader.logs(self._contracts.attestations, topics, first, self._head):
            event = decode_attested(log_of(log))
            if event is None or event.batch_id != batch_id:
                continue
            known = found.get(event.validator)
            if known is None or known.sequence < event.sequence:
                found[event.validator] = event
        return found

    def standing_sequence(self, batch_id: bytes, validator: bytes) -> int | None:
        """The sequence number of the standing attestation."""
        return self._attestation(batch_id, validator)[0]

    def is_slashed(self, validator: bytes) -> bool | None:
        """Whether the validator was slashed."""
        found = self._call(self._bound.validator_set.functions.validator(validator))
        return bool(found[0] == slots.SLASHED)

    def quorum_at(self, block: int) -> int | None:
        """The quorum of batches anchored in a block."""
        return int(self._call(self._bound.validator_set.functions.quorumAt(block)))

    def is_superseded(self, batch_id: bytes) -> bool | None:
        """Whether the publisher replaced the batch."""
        found = self._call(self._bound.registry.functions.supersededBy(batch_id))
        return bytes(found) != bytes(32)

    def is_revoked(self, contributor: bytes, record: bytes) -> bool | None:
        """Whether the contributor withdrew the record."""
        return bool(self._call(self._bound.registry.functions.isRevoked(contributor, record)))

    def _block_of(self, batch_id: bytes) -> int:
        return int(self._call(self._bound.registry.functions.batch(batch_id))[0])

    def _attestation(self, batch_id: bytes, validator: bytes) -> tuple[int, bytes]:
        found = self._call(self._bound.attestations.functions.attestation(batch_id, validator))
        return int(found[0]), bytes(found[1])

    def _call(self, function: ContractFunction) -> Any:
        try:
            return function.call(block_identifier=self._head)
        except (BadFunctionCallOutput, ContractLogicError) as error:
            raise Fault(
                Result.WRONG_CONTRACT,
                f"the contract at {function.address} does not answer as it should",
            ) from error
