"""Revokes records: says what to send, sends it with a key of this node, and follows it."""

from collections.abc import Callable

from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError

from ledger.anchor.manifest import read_batch
from ledger.chain.contracts import LedgerContracts
from ledger.chain.sender import GAS_MARGIN
from ledger.chain.sender import RevertedError
from ledger.chain.sender import Sender
from ledger.chain.sender import describe
from ledger.errors import UnavailableError
from ledger.index.queries import Queries
from ledger.index.queries.details import EncryptedRecordError
from ledger.index.views import EnvelopeRow
from ledger.index.views import LedgerStatus
from ledger.index.views import RecordRow
from ledger.record.cid import from_text
from ledger.revoking.errors import AlreadyRevokedError
from ledger.revoking.errors import AnotherTransactionError
from ledger.revoking.errors import NobodysError
from ledger.revoking.errors import NotAnchoredError
from ledger.revoking.transaction import OtherTransactionError
from ledger.revoking.transaction import Sent
from ledger.revoking.transaction import look
from ledger.revoking.views import Revocation
from ledger.revoking.views import RevocationCall
from ledger.revoking.views import State
from ledger.store.blocks import BlockStore


class Revoker:
    """Revokes anchored records.

    Only the contributor can: the contract looks at who sends the transaction. For an encrypted
    record that is who handed it in.

    Args:
        queries: the index.
        store: holds the blocks of batches, which the paths are made of.
        contracts: those of the ledger.
        sender: brings transactions of an address of this node onto the chain.
    """

    def __init__(
        self,
        *,
        queries: Queries,
        store: BlockStore,
        contracts: LedgerContracts,
        sender: Callable[[str], Sender],
    ) -> None:
        self._queries = queries
        self._store = store
        self._contracts = contracts
        self._sender = sender

    def call(self, cid: str) -> RevocationCall:
        """What the contributor's wallet has to send.

        Raises:
            NotFoundError: there is no such record.
            NotRevocableError: it is not anchored, nobody's, or revoked already.
            BlockNotFoundError: blocks of its batch are not here.
            RevertedError: the contract would refuse it.
        """
        row = self._revocable(cid)
        if row.status is LedgerStatus.REVOKED:
            raise AlreadyRevokedError(row.cid)
        contributor, batch_id = str(row.contributor), str(row.batch_id)
        call = self._function(row)
        w3 = self._contracts.w3
        try:
            estimated = call.estimate_gas({"from": w3.to_checksum_address(contributor)})
        except ContractLogicError as error:
            raise RevertedError(f"the contract refuses: {describe(error)}") from error
        gas = int(estimated * GAS_MARGIN)
        return RevocationCall(
            cid=row.cid,
            contributor=contributor,
            batch_id=batch_id,
            chain_id=self._contracts.deployment.chain_id,
            to=self._contracts.deployment.registry,
            data=self._contracts.registry.encode_abi("revoke", call.args),
            gas=gas,
            fee_wei=str(gas * w3.eth.gas_price),
        )

    def send(self, cid: str) -> str:
        """Send it with the contributor's key, or go on with what was sent; waits for no block.

        Returns:
            The transaction's hash, 0x-prefixed.

        Raises:
            NotFoundError: there is no such record.
            NotRevocableError: it is not anchored, nobody's, or revoked by somebody else's hand.
            SettingsError: this node has no key of the contributor.
            PerfledgerError: as `Sender.advance`.
        """
        row = self._revocable(cid)
        sender = self._sender(str(row.contributor))
        purpose = f"revoke 0x{from_text(row.cid).hex()}"
        done = self._queries.revocation(row.cid)
        if done is None:
            sender.advance(purpose, self._function(row))
        sent = sender.hash_of(purpose)
        if sent is None:
            raise AlreadyRevokedError(row.cid)
        if done is not None and done.final:
            sender.forget(purpose)
        return "0x" + sent.hex()

    def progress(self, cid: str, transaction: str | None = None) -> Revocation:
        """How far the revocation of a record has come.

        Args:
            cid: the record.
            transaction: hash of the one that is followed, 0x-prefixed; None: only what the index
                says counts.

        Raises:
            NotFoundError: there is no such record, or the transaction does not revoke it.
            NotRevocableError: it is not anchored, or nobody's.
            UnavailableError: the chain does not answer, and the index has not come to it.
        """
        row = self._revocable(cid)
        done = self._queries.revocation(row.cid)
        sent = None
        if transaction is not None:
            try:
                sent = self._look(row, transaction)
            except UnavailableError:
                if done is None:  # otherwise the index knows all that matters
                    raise
        state: State = "none" if transaction is None else "unknown"
        block = None
        if sent is not None:
            block = sent.block_number
            state = "sent" if block is None else "mined" if sent.succeeded else "failed"
        if done is not None:  # whichever transaction did it
            state, block = "final" if done.final else "mined", done.block_number
        return Revocation(
            cid=row.cid,
            contributor=str(row.contributor),
            state=state,
            status=row.status,
            transaction_hash=None if sent is None else transaction,
            block_number=block,
        )

    def _look(self, row: RecordRow | EnvelopeRow, transaction: str) -> Sent | None:
        try:
            return look(
                self._contracts.w3,
                transaction,
                registry=self._contracts.deployment.registry,
                contributor=str(row.contributor),
                record=from_text(row.cid),
            )
        except OtherTransactionError as error:
            raise AnotherTransactionError(row.cid, transaction) from error

    def _revocable(self, cid: str) -> RecordRow | EnvelopeRow:
        try:
            row: RecordRow | EnvelopeRow = self._queries.row(cid)
        except EncryptedRecordError as error:
            row = self._queries.envelope(error.cid).row
        if row.batch_id is None:
            raise NotAnchoredError(row.cid)
        if row.contributor is None:
            raise NobodysError(row.cid)
        return row

    def _function(self, row: RecordRow | EnvelopeRow) -> ContractFunction:
        found = self._queries.batch(str(row.batch_id)).batch
        batch = read_batch(self._store, from_text(found.manifest_cid))
        digest = from_text(row.cid)
        submission, record_path, submission_path = batch.path(digest)
        w3 = self._contracts.w3
        return self._contracts.registry.functions.revoke(
            w3.to_checksum_address(found.publisher),
            batch.root,
            digest,
            submission.root,
            submission.count,
            record_path,
            submission_path,
        )
