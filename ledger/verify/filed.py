"""The chain by a file's own proofs: headers, receipts and storage, up to a trusted block."""

from collections.abc import Mapping
from itertools import pairwise

from ledger.anchor.batch import batch_id as batch_id_of
from ledger.chain.headers import Header
from ledger.chain.headers import InvalidHeaderError
from ledger.chain.headers import decode_header
from ledger.chain.receipts import Log
from ledger.chain.receipts import decode_logs
from ledger.chain.trie import InvalidTrieProofError
from ledger.chain.trie import item_key
from ledger.chain.trie import value_at
from ledger.record import cid
from ledger.verify import slots
from ledger.verify.events import Attested
from ledger.verify.events import decode_anchored
from ledger.verify.events import decode_attested
from ledger.verify.evidence import AnchorFacts
from ledger.verify.format import EventPart
from ledger.verify.format import Proof
from ledger.verify.format import StatePart
from ledger.verify.format import VerdictPart
from ledger.verify.policy import Policy
from ledger.verify.results import Fault
from ledger.verify.results import Result
from ledger.verify.state import read_words


class FiledEvidence:
    """What a file proves of the chain to whoever trusts one of its blocks."""

    def __init__(self, proof: Proof, policy: Policy) -> None:
        self._proof = proof
        self._contracts = policy.contracts
        self._trusted_blocks = policy.trusted_blocks
        self._headers: dict[int, Header] = {}
        self._trusted: list[Header] = []
        self._words: dict[tuple[str, bytes], int] = {}

    @property
    def rests_on(self) -> str:
        """The trusted blocks that the headers lead to."""
        return ", ".join(f"block {head.number} (0x{head.hash.hex()})" for head in self._trusted)

    def establish(self) -> str:
        """Connect every header with a trusted block, and every storage word with its header."""
        chain = linked(self._proof.headers)
        self._trusted = trusted_heads(chain, self._trusted_blocks)
        self._headers = {header.number: header for header in chain}
        if self._proof.state is not None:
            self._words = self._read_state(self._proof.state)
        return f"{len(chain)} headers lead, parent by parent, to trusted blocks"

    def anchor(self, place: EventPart) -> AnchorFacts:
        """The event that anchored the batch, out of its receipt."""
        event = decode_anchored(self._log(place, self._contracts.registry))
        if event is None:
            raise Fault(Result.NOT_ON_CHAIN, "the log is not an Anchored event")
        header = self._header(place.block)
        return AnchorFacts(event, header.number, header.timestamp)

    def attested(self, batch_id: bytes, verdict: VerdictPart) -> Attested:  # noqa: ARG002
        """What a validator attested, out of its receipt."""
        event = decode_attested(self._log(verdict.event, self._contracts.attestations))
        if event is None:
            raise Fault(Result.NOT_ATTESTED, "the log is not an Attested event")
        return event

    def attestations(self, batch_id: bytes, first: int) -> Mapping[bytes, Attested] | None:  # noqa: ARG002
        """Not known: a file shows what it holds, and not that there is nothing else."""
        return None

    def standing_sequence(self, batch_id: bytes, validator: bytes) -> int | None:
        """The sequence number of the standing attestation after the state's block."""
        slot = slots.attestation_slot(batch_id, validator)
        word = self._words.get((self._contracts.attestations, slot))
        return None if word is None else slots.sequence_of(word)

    def is_slashed(self, validator: bytes) -> bool | None:
        """Whether the validator was slashed up to the state's block."""
        slot = slots.validator_slot(validator)
        word = self._words.get((self._contracts.validator_set, slot))
        return None if word is None else slots.status_of(word) == slots.SLASHED

    def quorum_at(self, block: int) -> int | None:
        """The quorum that held in a block, with the proof that no later one did.

        A quorum never takes effect in the block that sets it, so the state after that block (or
        any later one) holds every quorum that matters.
        """
        state = self._proof.state
        if state is None:
            return None
        index = state.quorum_index
        held, following = (
            slots.Checkpoint.unpack(
                self._words[self._contracts.validator_set, slots.quorum_slot(place)]
            )
            for place in (index, index + 1)
        )
        is_last = following.value == 0 or following.from_block > block
        if held.value == 0 or held.from_block > block or not is_last:
            raise Fault(Result.BAD_STATE, f"quorum {index} is not the one of block {block}")
        return held.value

    def is_superseded(self, batch_id: bytes) -> bool | None:
        """Whether the publisher replaced the batch up to the state's block."""
        word = self._words.get((self._contracts.registry, slots.superseded_slot(batch_id)))
        return None if word is None else word != 0

    def is_revoked(self, contributor: bytes, record: bytes) -> bool | None:
        """Whether the contributor withdrew the record up to the state's block."""
        slot = slots.revoked_slot(contributor, record)
        word = self._words.get((self._contracts.registry, slot))
        return None if word is None else word != 0

    def _read_state(self, state: StatePart) -> dict[tuple[str, bytes], int]:
        proof = self._proof
        events = [proof.anchor, *(verdict.event for verdict in proof.verdicts)]
        if any(event is not None and event.block > state.block for event in events):
            raise Fault(Result.BAD_STATE, "the state is from before an event of the file")
        expected = slots.needed(
            self._contracts,
            batch_id=batch_id_of(proof.batch.publisher, proof.batch.root),
            contributor=bytes.fromhex(proof.submission.contributor[2:]),
            record=cid.from_text(proof.record.cid),
            validators=[bytes.fromhex(verdict.validator[2:]) for verdict in proof.verdicts],
            quorum_index=state.quorum_index,
        )
        return read_words(state, self._header(state.block).state_root, expected)

    def _header(self, number: int) -> Header:
        header = self._headers.get(number)
        if header is None:
            raise Fault(Result.BROKEN_HEADERS, f"the file has no header of block {number}")
        return header

    def _log(self, place: EventPart, address: str) -> Log:
        header = self._header(place.block)
        try:
            receipt = value_at(header.receipts_root, item_key(place.receipt), place.nodes)
            if receipt is None:
                raise Fault(
                    Result.BAD_RECEIPT, f"block {place.block} has no receipt {place.receipt}"
                )
            logs = decode_logs(receipt)
        except InvalidTrieProofError as error:
            raise Fault(Result.BAD_RECEIPT, error.message) from error
        if place.log >= len(logs):
            raise Fault(Result.BAD_RECEIPT, f"the receipt has no log {place.log}")
        log = logs[place.log]
        if log.address != bytes.fromhex(address[2:]):
            raise Fault(
                Result.WRONG_CONTRACT,
                "the event comes from a contract that is not trusted",
                found="0x" + log.address.hex(),
                trusted=address,
            )
        return log


def linked(encoded: tuple[bytes, ...]) -> list[Header]:
    """Headers in ascending order; where numbers are consecutive, hashes link them.

    Raises:
        Fault: one is malformed, out of order, or does not follow the one before.
    """
    try:
        chain = [decode_header(header) for header in encoded]
    except InvalidHeaderError as error:
        raise Fault(Result.BROKEN_HEADERS, error.message) from error
    for before, after in pairwise(chain):
        if after.number <= before.number:
            raise Fault(Result.BROKEN_HEADERS, "the headers are not in ascending order")
        if after.number == before.number + 1 and after.parent_hash != before.hash:
            raise Fault(
                Result.BROKEN_HEADERS, f"block {after.number} is not the child of the one before"
            )
    return chain


def reference_blocks(proof: Proof) -> tuple[Header, ...]:
    """The blocks a verifier of a proof has to trust; usually one.

    Raises:
        Fault: the headers are malformed or not linked.
    """
    return tuple(_heads(linked(proof.headers)))


def _heads(chain: list[Header]) -> list[Header]:
    """The last header of every run of linked ones: to trust these is to trust all of them."""
    return [
        header
        for place, header in enumerate(chain)
        if place + 1 == len(chain) or chain[place + 1].number != header.number + 1
    ]


def trusted_heads(chain: list[Header], trusted: frozenset[bytes]) -> list[Header]:
    """The reference blocks, every one of which has to be trusted.

    Raises:
        Fault: there is none, or one is not trusted.
    """
    heads = _heads(chain)
    if not heads:
        raise Fault(Result.BROKEN_HEADERS, "the file has no headers")
    for head in heads:
        if head.hash not in trusted:
            raise Fault(
                Result.UNTRUSTED_BLOCK,
                f"block {head.number} is not among the trusted blocks",
                block=head.number,
                hash="0x" + head.hash.hex(),
                trusted=sorted("0x" + block.hex() for block in trusted),
            )
    return heads
