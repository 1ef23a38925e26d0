"""Making a proof out of a batch, the reports on it and the chain."""

from collections import deque
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from ledger.anchor.batch import Batch
from ledger.anchor.batch import batch_id as batch_id_of
from ledger.anchor.batch import blocks as blocks_of
from ledger.errors import InvalidInputError
from ledger.record import cid as cids
from ledger.store.blocks import BlockStore
from ledger.validate.report import Report
from ledger.verify import slots
from ledger.verify.chain_events import BatchEvents
from ledger.verify.chain_events import InconsistentChainError
from ledger.verify.chain_state import link_headers
from ledger.verify.chain_state import prove_state
from ledger.verify.chain_state import quorum_index
from ledger.verify.check import verify_offline
from ledger.verify.filed import reference_blocks
from ledger.verify.format import BatchPart
from ledger.verify.format import ContractsPart
from ledger.verify.format import Proof
from ledger.verify.format import RecordPart
from ledger.verify.format import StatePart
from ledger.verify.format import SubmissionPart
from ledger.verify.format import VerdictPart
from ledger.verify.policy import Contracts
from ledger.verify.policy import Policy
from ledger.verify.reader import ChainReader
from ledger.verify.results import Fault
from ledger.verify.results import Result

_FAULTS_OF_THE_NODE = {
    Result.BROKEN_HEADERS,
    Result.BAD_RECEIPT,
    Result.BAD_STATE,
    Result.WRONG_CONTRACT,
    Result.NOT_ON_CHAIN,
    Result.NOT_ATTESTED,
}
"""Results that no honest node's answers lead to, whatever the record's fate."""


def build_proof(
    cid: str,
    *,
    batch: Batch,
    publisher: str,
    store: BlockStore,
    reports: Sequence[Report],
    chain: ChainReader,
    contracts: Contracts,
    batch_id: bytes | None = None,
    reference: int | None = None,
    with_state: bool = True,
    attested_in: Mapping[str, int] | None = None,
) -> Proof:
    """The proof of one record. What the chain does not have yet is absent; see `Proof.missing`.

    Args:
        cid: the record.
        batch: it is in.
        publisher: EIP-55 address that anchored (or is to anchor) the batch.
        store: holds the record's block.
        reports: the validators' reports on the batch; those not attested (yet) are left out.
        chain: the node to ask.
        contracts: the ledger.
        batch_id: if given, checked against publisher and root.
        reference: block whose state is proven and up to which headers lead; the latest if None.
        with_state: whether to prove quorum and standing by storage proofs; needs eth_getProof.
        attested_in: block of each validator's attestation, where known; saves searching for it.

    Raises:
        InvalidInputError: the record is not in the batch, or the batch is another.
        BlockNotFoundError: the record's block is not in the store.
        InconsistentChainError: the node's receipts or storage do not hash to what its headers say.
        InvalidHeaderError: the node's headers do not hash to their blocks' hashes.
        UnavailableError: the node does not answer, or gives no storage proofs.
    """
    named = batch_id_of(publisher, batch.root)
    if batch_id not in {None, named}:
        raise InvalidInputError("the batch id is not that of this publisher and root")
    head = chain.head() if reference is None else reference
    proof = _unanchored(cid, batch, publisher, store, contracts)
    events = BatchEvents(chain, contracts, named, head)
    found = events.anchor()
    if found is None:
        return proof
    anchor, anchored = found
    manifest = cids.to_text(cids.Digest(anchored.manifest_digest))
    proof = proof.model_copy(
        update={
            "batch": proof.batch.model_copy(update={"manifest": manifest}),
            "anchor": anchor,
            "verdicts": tuple(
                _verdicts(reports, cids.from_text(cid), events, anchor.block, attested_in or {})
            ),
        }
    )
    state = _state(proof, chain, contracts, named, head) if with_state else None
    places = [anchor, *(verdict.event for verdict in proof.verdicts)]
    needed = [place.block for place in places] + ([] if state is None else [state.block])
    whole = proof.model_copy(update={"state": state, "headers": link_headers(chain, needed)})
    _require_consistent(whole, contracts)
    return whole


def _unanchored(
    cid: str, batch: Batch, publisher: str, store: BlockStore, contracts: Contracts
) -> Proof:
    digest = cids.from_text(cid)
    submission, record_path, submission_path = batch.path(digest)
    ((manifest, _),) = deque(blocks_of(batch), maxlen=1)
    return Proof(
        chain_id=contracts.chain_id,
        contracts=ContractsPart(
            registry=contracts.registry,
            validator_set=contracts.validator_set,
            attestations=contracts.attestations,
        ),
        record=RecordPart(cid=cid, bytes=store.get(digest)),
        submission=SubmissionPart(
            contributor=submission.contributor,
            root=submission.root,
            count=submission.count,
            signature=submission.signature,
            path=tuple(record_path),
        ),
        batch=BatchPart(
            publisher=publisher,
            root=batch.root,
            count=batch.count,
            manifest=cids.to_text(manifest),
            path=tuple(submission_path),
        ),
    )


def _verdicts(
    reports: Sequence[Report],
    digest: cids.Digest,
    events: BatchEvents,
    first: int,
    attested_in: Mapping[str, int],
) -> Iterator[VerdictPart]:
    ascending = sorted(reports, key=lambda report: report.sequence)
    newest = {report.validator: report for report in ascending}
    for validator, report in sorted(newest.items()):
        found = events.attested(report, first, attested_in.get(validator))
        if found is None:
            continue
        event, attested = found
        place = report.records.index(digest)
        yield VerdictPart(
            validator=validator,
            sequence=report.sequence,
            root=report.root,
            accepted=report.accepted,
            rejected=report.rejected,
            report=cids.to_text(cids.Digest(attested.report_digest)),
            signature=report.signature,
            code=report.verdicts[place].code,
            path=tuple(report.tree.proof(place)),
            event=event,
        )


def _state(
    proof: Proof, chain: ChainReader, contracts: Contracts, batch_id: bytes, block: int
) -> StatePart:
    assert proof.anchor is not None
    index = quorum_index(chain, contracts, anchored_in=proof.anchor.block, block=block)
    needed = slots.needed(
        contracts,
        batch_id=batch_id,
        contributor=bytes.fromhex(proof.submission.contributor[2:]),
        record=cids.from_text(proof.record.cid),
        validators=[bytes.fromhex(verdict.validator[2:]) for verdict in proof.verdicts],
        quorum_index=index,
    )
    return prove_state(chain, block, index, needed)


def _require_consistent(proof: Proof, contracts: Contracts) -> None:
    """Check the proof as its reader will, trusting its own reference blocks."""
    try:
        heads = frozenset(header.hash for header in reference_blocks(proof))
    except Fault as fault:
        raise InconsistentChainError(fault.reason) from fault
    found = verify_offline(proof, Policy(contracts, heads))
    if found.result in _FAULTS_OF_THE_NODE:
        raise InconsistentChainError(found.steps[-1].proved)
