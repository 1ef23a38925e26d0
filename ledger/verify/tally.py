"""What the verdicts come to: those in the file, and those that it leaves out."""

from collections.abc import Collection

from eth_utils import to_checksum_address

from ledger.anchor.batch import batch_id as batch_id_of
from ledger.record.envelope import is_envelope
from ledger.validate.quorum import status
from ledger.validate.reasons import Reason
from ledger.verify.events import Attested
from ledger.verify.evidence import Evidence
from ledger.verify.format import Proof
from ledger.verify.policy import Policy
from ledger.verify.proven import FILE
from ledger.verify.proven import YOU
from ledger.verify.proven import Proven
from ledger.verify.results import Fault
from ledger.verify.results import Result


class Tally:
    """The last steps of a verification, over verdicts that were found to be in order.

    Args:
        proof: what is verified.
        policy: whose verdicts count, and how many are required.
        evidence: of the chain.
        anchor_block: number of the block that anchored the batch.
        slashed: validators of the file that equivocated.
    """

    def __init__(
        self,
        proof: Proof,
        policy: Policy,
        evidence: Evidence,
        *,
        anchor_block: int,
        slashed: frozenset[str],
    ) -> None:
        self._verdicts = proof.verdicts
        self._batch_id = batch_id_of(proof.batch.publisher, proof.batch.root)
        self._policy = policy
        self._evidence = evidence
        self._anchor_block = anchor_block
        counted = [
            verdict
            for verdict in self._verdicts
            if self._is_known(verdict.validator) and verdict.validator not in slashed
        ]
        self._accepted = sum(verdict.code == Reason.ACCEPTED for verdict in counted)
        abstained = sum(verdict.code == Reason.ENCRYPTED for verdict in counted)
        self._rejected = len(counted) - self._accepted - abstained
        self._is_sealed = is_envelope(proof.record.bytes)

    def others(self) -> Proven:
        """Whoever makes a file chooses the verdicts in it; the chain has them all."""
        standing = self._evidence.attestations(self._batch_id, self._anchor_block)
        if standing is None:
            return Proven("Which other verdicts there are cannot be seen offline.", FILE, {})
        shown = {verdict.validator for verdict in self._verdicts}
        others = {
            address: event
            for validator, event in standing.items()
            if (address := to_checksum_address(validator)) not in shown
            and self._is_known(address)
            and not self._evidence.is_slashed(validator)
        }
        quorum, _ = self._required()
        shown_counts = (self._accepted, self._rejected, quorum)
        if can_change(*shown_counts, others.values(), sealed=self._is_sealed):
            raise Fault(
                Result.OMITTED_VERDICT,
                f"the file lacks the verdict of {', '.join(sorted(others))}, attested since or "
                "left out",
                omitted=sorted(others),
            )
        return Proven(
            "No verdict that the file leaves out could change the result.",
            self._evidence.rests_on,
            {"attested": len(standing), "omitted": sorted(others)},
        )

    def quorum(self) -> Proven:
        """Whether enough validators accept the record."""
        quorum, source = self._required()
        accepted, rejected = self._accepted, self._rejected
        values = {"quorum": quorum, "accepted": accepted, "rejected": rejected}
        if accepted >= quorum > rejected:
            return Proven(f"{accepted} validators accept it; {quorum} are needed.", source, values)
        raise self._undecided(quorum, values)

    def _required(self) -> tuple[int, str]:
        """How many verdicts are needed, and on whose word that rests."""
        on_chain = self._evidence.quorum_at(self._anchor_block)
        minimum = self._policy.minimum_accepted
        if on_chain is None and minimum is None:
            raise Fault(
                Result.INCOMPLETE,
                "the file does not prove the quorum, and you require none",
                missing=["state"],
            )
        source = self._evidence.rests_on if on_chain is not None else YOU
        return max(on_chain or 0, minimum or 0), source

    def _undecided(self, quorum: int, values: dict[str, int]) -> Fault:
        accepted, rejected = self._accepted, self._rejected
        if rejected >= quorum:
            both = accepted >= quorum
            return Fault(
                Result.DISPUTED if both else Result.REJECTED,
                f"{rejected} validators reject it, {accepted} accept it; {quorum} decide",
                **values,
            )
        result = Result.BELOW_QUORUM
        accepting = [v for v in self._verdicts if v.code == Reason.ACCEPTED]
        strangers = sum(not self._is_known(verdict.validator) for verdict in accepting)
        if accepted + strangers >= quorum:
            result = Result.UNKNOWN_VALIDATOR
        elif len(accepting) >= quorum:
            result = Result.SLASHED_VALIDATOR
        return Fault(result, f"{accepted} of the {quorum} verdicts that are needed", **values)

    def _is_known(self, validator: str) -> bool:
        known = self._policy.validators
        return known is None or validator in known


def can_change(
    accepted: int,
    rejected: int,
    quorum: int,
    others: Collection[Attested],
    *,
    sealed: bool = False,
) -> bool:
    """Whether verdicts that the file does not show could lead to another outcome than it shows.

    An attestation tells how many records of the batch it accepts and rejects, not which; only one
    that treats all of them alike says what it says of a single record.

    Args:
        accepted: verdicts of the file that accept the record.
        rejected: verdicts of the file that reject it.
        quorum: verdicts that decide.
        others: standing attestations of the batch that the file leaves out and that count.
        sealed: whether the record is encrypted, so that what counts as rejected may be the word of
            a validator that cannot read it.
    """
    accepting = sum(other.rejected == 0 for other in others)
    rejecting = sum(other.accepted == 0 for other in others)
    either = len(others) - accepting - rejecting
    shown = status(accepted, rejected, quorum)
    return any(
        status(accepted + accepting + more, rejected + refusing, quorum) != shown
        for more in range(either + 1)
        for refusing in range(
            0 if sealed else rejecting + either - more, rejecting + either - more + 1
        )
    )
