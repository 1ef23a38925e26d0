"""Proofs of what this node knows."""

from collections.abc import Sequence

from web3 import Web3

from ledger.anchor.manifest import read_batch
from ledger.chain.deployment import Deployment
from ledger.errors import NotFoundError
from ledger.index.queries import Queries
from ledger.index.queries.details import EncryptedRecordError
from ledger.index.views import AttestationRow
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.store.blocks import BlockStore
from ledger.validate.report import Report
from ledger.validate.report import read_report
from ledger.verify.build import build_proof
from ledger.verify.format import Proof
from ledger.verify.reader import Web3Reader


class Prover:
    """Builds proof files of indexed records."""

    def __init__(
        self, *, queries: Queries, store: BlockStore, w3: Web3, deployment: Deployment
    ) -> None:
        self._queries = queries
        self._store = store
        self._chain = Web3Reader(w3)
        self._contracts = deployment.contracts

    def prove(self, cid: str) -> Proof:
        """The proof of one record; what the chain does not have yet is absent from it.

        Raises:
            NotFoundError: the record is unknown, or not anchored yet.
            BlockNotFoundError: blocks of its batch are not here.
        """
        named, batch_id = self._place_of(cid)
        detail = self._queries.batch(batch_id)
        batch = read_batch(self._store, from_text(detail.batch.manifest_cid))
        records = batch.records()
        complete = [each for each in detail.attestations if each.state == "complete"]
        return build_proof(
            named,
            batch=batch,
            batch_id=bytes.fromhex(batch_id[2:]),
            publisher=detail.batch.publisher,
            store=self._store,
            reports=[self._report(each, records) for each in complete],
            chain=self._chain,
            contracts=self._contracts,
            attested_in={each.validator: each.block_number for each in complete},
        )

    def _place_of(self, cid: str) -> tuple[str, str]:
        """The whole CID of a record, encrypted or not, and the batch that holds it."""
        try:
            row = self._queries.row(self._queries.resolve(cid))
        except EncryptedRecordError as error:
            found = self._queries.envelope(error.cid).row
            return found.cid, found.batch_id
        if row.batch_id is None:
            raise NotFoundError(
                f"{row.cid} is not anchored yet, so there is nothing to prove",
                hint="`perfledger contribute` brings it on chain; `perfledger up` does it for "
                "whatever is signed.",
            )
        return row.cid, row.batch_id

    def _report(self, row: AttestationRow, records: Sequence[Digest]) -> Report:
        return read_report(self._store, from_text(row.report_cid), records)
