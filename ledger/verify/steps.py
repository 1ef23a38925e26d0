"""The steps of a verification, each a function from a proof to what it proved."""

from collections.abc import Callable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from functools import partial

from ledger.anchor.batch import batch_id as batch_id_of
from ledger.anchor.leaves import record_leaf
from ledger.anchor.leaves import submission_leaf
from ledger.anchor.leaves import verdict_leaf
from ledger.anchor.merkle import verify
from ledger.errors import InvalidInputError
from ledger.groups.opening import NotForUsError
from ledger.groups.opening import open_
from ledger.record import cid
from ledger.record import eip712
from ledger.record.envelope import is_envelope
from ledger.validate.reasons import Reason
from ledger.verify.disclosures import disclosed
from ledger.verify.evidence import Evidence
from ledger.verify.format import Proof
from ledger.verify.format import VerdictPart
from ledger.verify.policy import Policy
from ledger.verify.proven import FILE
from ledger.verify.proven import YOU
from ledger.verify.proven import Proven
from ledger.verify.results import Fault
from ledger.verify.results import Result
from ledger.verify.tally import Tally

NamedStep = tuple[str, Callable[[], Proven]]


class Steps:
    """All steps over one proof, in order; each raises `Fault` where it does not hold."""

    def __init__(self, proof: Proof, policy: Policy, evidence: Evidence) -> None:
        self._proof = proof
        self._policy = policy
        self._evidence = evidence
        self._batch_id = batch_id_of(proof.batch.publisher, proof.batch.root)
        self._anchor_block = 0
        self._count = 0
        self._slashed: list[str] = []

    def __iter__(self) -> Iterator[NamedStep]:
        """Name and function of each step; later ones rely on earlier ones."""
        yield "ledger", self._ledger
        yield "record", self._record
        if self._policy.identities and is_envelope(self._proof.record.bytes):
            yield "opened", self._opened
        if self._proof.disclosures:
            yield "disclosed", self._disclosed
        yield "signature", self._signature
        yield "submission", self._submission
        yield "batch", self._batch
        yield "complete", self._complete
        yield "blocks", self._blocks
        yield "anchor", self._anchor
        for verdict in self._proof.verdicts:
            yield f"verdict {verdict.validator}", partial(self._verdict, verdict)
        yield "standing", self._standing
        tally = Tally(
            self._proof,
            self._policy,
            self._evidence,
            anchor_block=self._anchor_block,
            slashed=frozenset(self._slashed),
        )
        yield "others", tally.others
        yield "quorum", tally.quorum

    def _ledger(self) -> Proven:
        claimed, trusted = self._proof.contracts, self._policy.contracts
        if self._proof.chain_id != trusted.chain_id:
            raise Fault(
                Result.WRONG_CHAIN,
                "the proof is for another chain",
                found=self._proof.chain_id,
                trusted=trusted.chain_id,
            )
        for name in ("registry", "validator_set", "attestations"):
            if getattr(claimed, name) != getattr(trusted, name):
                raise Fault(
                    Result.WRONG_CONTRACT,
                    f"another {name.replace('_', ' ')} than the trusted one",
                    found=getattr(claimed, name),
                    trusted=getattr(trusted, name),
                )
        return Proven(
            "The proof is for the chain and the contracts you trust.",
            YOU,
            {"chain_id": trusted.chain_id, **claimed.model_dump()},
        )

    def _record(self) -> Proven:
        record = self._proof.record
        computed = cid.cid_of(record.bytes)
        if computed != record.cid:
            raise Fault(
                Result.TAMPERED_RECORD,
                "the bytes hash to another CID",
                found=computed,
                named=record.cid,
            )
        expected = self._policy.expected_cid
        if expected is not None and expected != record.cid:
            raise Fault(Result.WRONG_RECORD, "another record", found=record.cid, expected=expected)
        return Proven(
            "The record is encrypted for a group; its envelope's bytes hash to its CID."
            if is_envelope(record.bytes)
            else "The record's bytes hash to its CID.",
            FILE,
            {"cid": record.cid, "bytes": len(record.bytes)},
        )

    def _opened(self) -> Proven:
        domain = self._policy.contracts.submission_domain
        try:
            opened = open_(self._proof.record.bytes, self._policy.identities, domain)
        except NotForUsError as error:
            raise Fault(Result.SEALED_FOR_OTHERS, error.message) from error
        except InvalidInputError as error:
            raise Fault(Result.BAD_CONTENT, error.message) from error
        bearer = self._proof.submission.contributor
        if opened.bearer != bearer:
            raise Fault(
                Result.BAD_CONTENT,
                "somebody else was to hand it in",
                found=bearer,
                named=opened.bearer,
            )
        return Proven(
            f"Opened with your identity, it is a record that {opened.contributor} signed for the "
            "group.",
            f"the key of {opened.contributor}",
            {
                "cid": cid.to_text(opened.digest),
                "group": opened.group,
                "contributor": opened.contributor,
            },
        )

    def _disclosed(self) -> Proven:
        shown = disclosed(self._proof.record.bytes, self._proof.disclosures or ())
        return Proven("The record was committed to the values that are disclosed now.", FILE, shown)

    def _signature(self) -> Proven:
        part = self._proof.submission
        statement = eip712.submission(
            self._policy.contracts.submission_domain, part.root, part.count
        )
        signer = eip712.recover(statement, part.signature)
        if signer is None:
            raise Fault(Result.BAD_SIGNATURE, "not a signature in canonical form (EIP-2)")
        if signer != part.contributor:
            raise Fault(
                Result.WRONG_CONTRIBUTOR,
                "somebody else signed, or signed something else",
                found=signer,
                named=part.contributor,
            )
        return Proven(
            f"{part.contributor} signed a submission of {part.count} records.",
            f"the key of {part.contributor}",
            {"root": _hex(part.root), "count": part.count, "signature": _hex(part.signature)},
        )

    def _submission(self) -> Proven:
        part = self._proof.submission
        leaf = record_leaf(cid.from_text(self._proof.record.cid))
        if not verify(part.root, leaf, part.path):
            raise Fault(
                Result.NOT_IN_SUBMISSION,
                "the record's path does not lead to the submission's root",
                leaf=_hex(leaf),
                root=_hex(part.root),
            )
        return Proven(
            "The record is in that submission.", FILE, {"leaf": _hex(leaf), "root": _hex(part.root)}
        )

    def _batch(self) -> Proven:
        part, batch = self._proof.submission, self._proof.batch
        leaf = submission_leaf(part.root, bytes.fromhex(part.contributor[2:]), part.count)
        if not verify(batch.root, leaf, batch.path):
            raise Fault(
                Result.NOT_IN_BATCH,
                "the submission's path does not lead to the batch's root",
                leaf=_hex(leaf),
                root=_hex(batch.root),
            )
        return Proven(
            "The submission, with its contributor and count, is in the batch.",
            FILE,
            {"leaf": _hex(leaf), "root": _hex(batch.root), "batch_id": _hex(self._batch_id)},
        )

    def _complete(self) -> Proven:
        missing = [part for part in self._proof.missing if part != "state"]
        if missing:
            raise Fault(
                Result.INCOMPLETE, f"the proof has no {' and no '.join(missing)}", missing=missing
            )
        validators = [verdict.validator for verdict in self._proof.verdicts]
        if len(set(validators)) != len(validators):
            raise Fault(Result.REPEATED_VALIDATOR, "a validator's word counts once")
        return Proven("The proof has all of its parts, and each validator once.", FILE, {})

    def _blocks(self) -> Proven:
        sentence = self._evidence.establish()
        return Proven(sentence, self._evidence.rests_on, {})

    def _anchor(self) -> Proven:
        assert self._proof.anchor is not None
        facts = self._evidence.anchor(self._proof.anchor)
        batch, event = self._proof.batch, facts.event
        said = (
            self._batch_id,
            bytes.fromhex(batch.publisher[2:]),
            batch.root,
            cid.from_text(batch.manifest),
            batch.count,
        )
        found = (event.batch_id, event.publisher, event.root, event.manifest_digest, event.count)
        if said != found or self._proof.submission.count > event.count:
            raise Fault(Result.NOT_ON_CHAIN, "the event anchors something else")
        if facts.block != self._proof.anchor.block:
            raise Fault(Result.NOT_ON_CHAIN, f"the batch was anchored in block {facts.block}")
        self._anchor_block = facts.block
        self._count = event.count
        moment = datetime.fromtimestamp(facts.timestamp, UTC).isoformat()
        return Proven(
            f"{batch.publisher} anchored the batch in block {facts.block}, {moment}.",
            self._evidence.rests_on,
            {"block": facts.block, "timestamp": facts.timestamp, "batch_id": _hex(self._batch_id)},
        )

    def _verdict(self, verdict: VerdictPart) -> Proven:
        self._require_statement(verdict)
        leaf = verdict_leaf(
            cid.from_text(self._proof.record.cid),
            accepted=verdict.code == Reason.ACCEPTED,
            reason=verdict.code,
        )
        if not verify(verdict.root, leaf, verdict.path):
            raise Fault(
                Result.BAD_VERDICT,
                "the verdict is not in the tree that was signed",
                leaf=_hex(leaf),
                root=_hex(verdict.root),
            )
        self._require_attested(verdict)
        word = _word(verdict.code)
        return Proven(
            f"{verdict.validator} {word} the record; the contract took its word as a validator's.",
            f"the key of {verdict.validator}; {self._evidence.rests_on}",
            {"code": verdict.code, "sequence": verdict.sequence, "root": _hex(verdict.root)},
        )

    def _require_statement(self, verdict: VerdictPart) -> None:
        statement = eip712.verdicts(
            self._policy.contracts.verdict_domain,
            batch_id=self._batch_id,
            sequence=verdict.sequence,
            verdict_root=verdict.root,
            accepted=verdict.accepted,
            rejected=verdict.rejected,
        )
        signer = eip712.recover(statement, verdict.signature)
        if signer != verdict.validator:
            raise Fault(
                Result.BAD_VERDICT,
                "the validator did not sign this statement",
                found=signer,
                named=verdict.validator,
            )

    def _require_attested(self, verdict: VerdictPart) -> None:
        event = self._evidence.attested(self._batch_id, verdict)
        said = (
            self._batch_id,
            bytes.fromhex(verdict.validator[2:]),
            verdict.sequence,
            verdict.root,
            verdict.accepted,
            verdict.rejected,
            cid.from_text(verdict.report),
        )
        found = (
            event.batch_id,
            event.validator,
            event.sequence,
            event.root,
            event.accepted,
            event.rejected,
            event.report_digest,
        )
        if said != found or event.accepted + event.rejected != self._count:
            raise Fault(Result.NOT_ATTESTED, "the event attests something else")

    def _standing(self) -> Proven:
        known = True
        for verdict in self._proof.verdicts:
            validator = bytes.fromhex(verdict.validator[2:])
            sequence = self._evidence.standing_sequence(self._batch_id, validator)
            known = known and sequence is not None
            if sequence is not None and sequence != verdict.sequence:
                raise Fault(
                    Result.STALE_VERDICT,
                    f"{verdict.validator} has since attested under sequence {sequence}",
                    found=sequence,
                    named=verdict.sequence,
                )
            if self._evidence.is_slashed(validator):
                self._slashed.append(verdict.validator)
        contributor = bytes.fromhex(self._proof.submission.contributor[2:])
        if self._evidence.is_revoked(contributor, cid.from_text(self._proof.record.cid)):
            raise Fault(Result.REVOKED, "the contributor has withdrawn the record")
        if self._evidence.is_superseded(self._batch_id):
            raise Fault(Result.SUPERSEDED, "the publisher has replaced the batch")
        if not known:
            return Proven("What happened since is not known to this file.", FILE, {})
        return Proven(
            "None of it was corrected, replaced or withdrawn since.",
            self._evidence.rests_on,
            {"slashed": list(self._slashed)},
        )


def _word(code: int) -> str:
    if code == Reason.ENCRYPTED:
        return "has no opinion of"
    return "accepts" if code == Reason.ACCEPTED else f"rejects ({code})"


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
