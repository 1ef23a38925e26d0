"""The questions that the app, the API, the command and the models ask."""

from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Any
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.database import Index
from ledger.index.filters import ALL
from ledger.index.filters import Filter
from ledger.index.queries import activity
from ledger.index.queries import details
from ledger.index.queries import envelopes
from ledger.index.queries import export
from ledger.index.queries import listing
from ledger.index.queries import overview
from ledger.index.queries import people
from ledger.index.queries import withdrawals
from ledger.index.queries.cache import RevisionCache
from ledger.index.queries.conditions import shown
from ledger.index.queries.facets import bins
from ledger.index.queries.facets import facet
from ledger.index.queries.facets import facets
from ledger.index.queries.listing import Sort
from ledger.index.queries.rows import record_row
from ledger.index.queries.source import DatabaseSource
from ledger.index.queries.source import RecordSource
from ledger.index.tables import SyncState
from ledger.index.views import Activity
from ledger.index.views import AttestationRow
from ledger.index.views import BatchDetail
from ledger.index.views import BatchRow
from ledger.index.views import Bin
from ledger.index.views import ContributorRow
from ledger.index.views import EnvelopeDetail
from ledger.index.views import Envelopes
from ledger.index.views import FacetValue
from ledger.index.views import Overview
from ledger.index.views import Page
from ledger.index.views import RecordDetail
from ledger.index.views import RecordRow
from ledger.index.views import RevocationRow
from ledger.index.views import ValidatorRow
from ledger.record import codec
from ledger.record.cid import from_text
from ledger.record.cid import to_text
from ledger.record.schema import Record
from ledger.store.blocks import BlockStore

if TYPE_CHECKING:
    from ledger.index.queries.columns import Columns

Answer = TypeVar("Answer")


class Queries:
    """Read-only answers out of an index, and the contents of records out of a block store.

    Safe for several threads. Counts, facets and sums are remembered until the index changes.

    Args:
        index: what is asked.
        blocks: holds what records say.
        with_pending: whether records that are acknowledged here, and in no batch yet, are there.
        columns: gives those of the same index, which answer instead of the database once they were
            read; None: there are none.
    """

    def __init__(
        self,
        index: Index,
        blocks: BlockStore,
        *,
        with_pending: bool = True,
        columns: "Callable[[], Columns | None]" = lambda: None,
    ) -> None:
        self._index = index
        self._blocks = blocks
        self._with_pending = with_pending
        self._columns = columns
        self._there = shown(with_pending=with_pending)
        self._cache = RevisionCache()

    def overview(self) -> Overview:
        """The ledger in figures."""
        return self._remembered(
            "overview",
            lambda connection: overview.overview(connection, self._source(connection)),
        )

    def progress(self) -> tuple[int | None, int | None]:
        """The last block that was indexed, and the chain's newest that was seen, as of now."""
        with self._index.read() as connection:
            state = connection.execute(select(SyncState.indexed_block, SyncState.head_block)).one()
        return state.indexed_block, state.head_block

    def revision(self) -> int:
        """Rises with every change of the index: answers of one revision are the same."""
        return self._index.revision()

    def records(
        self,
        chosen: Filter = ALL,
        *,
        sort: Sort | str = Sort.ADDED,
        descending: bool = True,
        limit: int = 50,
        after: str | None = None,
        before: str | None = None,
    ) -> Page:
        """A page of the records that pass a filter.

        Args:
            chosen: the filter.
            sort: what to sort by.
            descending: whether the greatest, or the newest, comes first.
            limit: rows of the page, at most 1,000.
            after: the page after this place (a page's ``next_after``).
            before: the page before this place (a page's ``previous_before``); it wins over
                ``after``.

        Raises:
            InvalidSortError: records cannot be sorted by that.
            InvalidCursorError: ``after`` or ``before`` is no place in this list.
        """
        place = listing.Place.of(
            listing.sort_of(sort), descending=descending, limit=limit, after=after, before=before
        )
        total = self.count(chosen)
        with self._index.read() as connection:
            keys = self._source(connection).keys(chosen, place)
            return listing.page(connection, place, keys, total)

    def count(self, chosen: Filter = ALL) -> int:
        """How many records pass a filter."""
        return self._remembered(
            ("count", chosen), lambda connection: self._source(connection).count(chosen)
        )

    def facets(self, chosen: Filter = ALL) -> dict[str, list[FacetValue]]:
        """For each field that can be chosen from: its values, and what each would leave."""
        return self._remembered(
            ("facets", chosen), lambda connection: facets(self._source(connection), chosen)
        )

    def facet(self, name: str, chosen: Filter = ALL) -> list[FacetValue]:
        """The values of one field that can be chosen from, as `facets` has it, and no other's."""
        return self._remembered(
            ("facet", name, chosen),
            lambda connection: facet(self._source(connection), chosen, name),
        )

    def bins(self, chosen: Filter = ALL) -> dict[str, list[Bin]]:
        """Sizes, runtimes and starts in ranges, and what each range would leave."""
        return self._remembered(
            ("bins", chosen), lambda connection: bins(self._source(connection), chosen)
        )

    def resolve(self, prefix: str) -> str:
        """The CID of the record, encrypted or not, whose CID begins with a text.

        Raises:
            NotFoundError: there is none.
            AmbiguousPrefixError: there are several.
        """
        with self._index.read() as connection:
            try:
                return to_text(details.resolve(connection, prefix, self._there))
            except details.EncryptedRecordError as error:
                return error.cid

    def row(self, cid: str) -> RecordRow:
        """What lists show of the record of a CID; its content is not read.

        Raises:
            InvalidCIDError: not a CID of the ledger.
            NotFoundError: there is none.
        """
        with self._index.read() as connection:
            return record_row(details.record(connection, from_text(cid), self._there))

    def revocation(self, cid: str) -> RevocationRow | None:
        """Where the contributor of a record revoked it; None: they did not.

        Raises:
            InvalidCIDError: not a CID of the ledger.
            NotFoundError: there is no such record.
        """
        with self._index.read() as connection:
            try:
                row = details.record(connection, from_text(cid), self._there)
            except details.EncryptedRecordError:
                row = envelopes.claim(connection, cid)
            return withdrawals.revocation(connection, row)

    def record(self, cid: str) -> RecordDetail:
        """Everything known of the record of a CID, or of the beginning of one.

        Raises:
            NotFoundError: there is none.
            AmbiguousPrefixError: there are several.
            BlockNotFoundError: its content is gone from the block store.
        """
        with self._index.read() as connection:
            digest = details.resolve(connection, cid, self._there)
            row = details.record(connection, digest, self._there)
            submission_root, batch = details.place(connection, row)
            verdicts = details.verdicts(connection, row)
        block = self._blocks.get(digest)
        return RecordDetail(
            row=record_row(row),
            record=codec.decode(block).model_dump(mode="json"),
            block_bytes=len(block),
            verdicts=verdicts,
            submission_root=submission_root,
            batch=batch,
        )

    def block(self, cid: str) -> bytes:
        """The bytes behind a CID: of a record, of a batch, of a report.

        Raises:
            InvalidCIDError: not a CID of the ledger.
            NotFoundError: that of a record which is not there for this reader.
            BlockNotFoundError: not in the block store.
        """
        digest = from_text(cid)
        with self._index.read() as connection:
            details.require_shown(connection, digest, self._there)
        return self._blocks.get(digest)

    def envelopes(
        self, *, batch_id: str | None = None, limit: int = 50, after: str | None = None
    ) -> Envelopes:
        """Records that are encrypted for a group, the latest first: that they exist.

        Args:
            batch_id: only those of this batch.
            limit: of a page, at most 1,000.
            after: the page after this place (a page's ``next_after``).

        Raises:
            InvalidInputError: ``after`` is no place in the list.
        """
        with self._index.read() as connection:
            return envelopes.listing(
                connection, batch_id=batch_id, limit=max(1, min(limit, 1_000)), after=after
            )

    def envelopes_by_status(self, batch_id: str, contributor: str) -> dict[str, int]:
        """How many encrypted records of a batch somebody handed in, by status."""
        with self._index.read() as connection:
            return envelopes.by_status(connection, batch_id, contributor)

    def envelope(self, cid: str) -> EnvelopeDetail:
        """Everything known of an encrypted record, by its CID or the beginning of it.

        Raises:
            NotFoundError: there is none.
            AmbiguousPrefixError: there are several.
        """
        with self._index.read() as connection:
            return envelopes.detail(connection, cid)

    def batches(self, limit: int = 50, after: str | None = None) -> list[BatchRow]:
        """Batches, newest first; those anchored before the batch ``after``, where it is given."""
        with self._index.read() as connection:
            return overview.batches(connection, limit=max(1, min(limit, 1_000)), after=after)

    def awaited_batches(self, limit: int = 50) -> list[BatchRow]:
        """Batches whose blocks are not all here, oldest first.

        Malformed batches are not among them: nothing can complete those.
        """
        with self._index.read() as connection:
            return overview.awaited_batches(connection, limit=max(1, min(limit, 1_000)))

    def batch(self, batch_id: str) -> BatchDetail:
        """Everything known of a batch, except its records.

        Raises:
            NotFoundError: it is not known here.
        """
        with self._index.read() as connection:
            return details.batch(connection, batch_id)

    def contributors(self) -> list[ContributorRow]:
        """Who contributed listed records, the most first."""
        return self._remembered(
            "contributors",
            lambda connection: people.contributors(connection, self._source(connection)),
        )

    def contributor(self, address: str) -> ContributorRow:
        """One contributor.

        Raises:
            InvalidAddressError: not an address.
            NotFoundError: nothing of theirs is known here.
        """
        return self._remembered(
            ("contributor", address),
            lambda connection: people.contributor(connection, self._source(connection), address),
        )

    def validators(self) -> list[ValidatorRow]:
        """Every account that was ever admitted as a validator, active ones first."""
        return self._remembered("validators", people.validators)

    def validator(self, address: str) -> ValidatorRow:
        """One validator.

        Raises:
            InvalidAddressError: not an address.
            NotFoundError: it was never admitted.
        """
        with self._index.read() as connection:
            return people.validator(connection, address)

    def attestations(
        self, validator: str, *, limit: int = people.RECENT, after: str | None = None
    ) -> list[AttestationRow]:
        """A validator's most recent standing attestations, newest first.

        Args:
            validator: whose.
            limit: most of them, at most 1,000.
            after: those made before the one of this batch.

        Raises:
            NotFoundError: the validator has attested no batch ``after``.
        """
        with self._index.read() as connection:
            return people.attestations(
                connection, validator, limit=max(1, min(limit, 1_000)), after=after
            )

    def contributor_activity(self, address: str) -> Activity:
        """What a contributor signed, by day, and why verdicts refused some of it."""
        return self._remembered(
            ("activity", address),
            lambda connection: activity.of_contributor(connection, address, self._there),
        )

    def validator_activity(self, address: str | None = None) -> Activity:
        """Verdicts of a validator, or of all, by day, with the reasons of those that refuse."""
        return self._remembered(
            ("verdicts", address), lambda connection: activity.of_validators(connection, address)
        )

    def asked(self, question: Hashable, answer: Callable[[RecordSource], Answer]) -> Answer:
        """What somebody makes of the records themselves, remembered until the index changes.

        Args:
            question: names the answer, for all who ask.
            answer: makes it; must be done with the source when it returns.
        """
        return self._remembered(
            ("asked", question), lambda connection: answer(self._source(connection))
        )

    def export(self, chosen: Filter = ALL) -> Iterator[tuple[RecordRow, dict[str, Any]]]:
        """Every record that passes a filter, with its content as JSON, as a stream."""
        for row, block in export.stream(self._index, self._blocks, chosen, self._there):
            yield row, codec.decode(block).model_dump(mode="json")

    def observations(self, chosen: Filter = ALL) -> Iterator[tuple[str, Record, RecordRow]]:
        """Every record that passes a filter, as (CID, record, row), as a stream."""
        for row, block in export.stream(self._index, self._blocks, chosen, self._there):
            yield row.cid, codec.decode(block), row

    def _source(self, connection: Connection) -> RecordSource:
        if (columns := self._columns()) is not None:
            source = columns.source(connection, with_pending=self._with_pending)
            if source is not None:
                return source
        return DatabaseSource(connection, self._there)

    def _remembered(self, question: Hashable, answer: Callable[[Connection], Answer]) -> Answer:
        with self._index.read() as connection:
            revision = connection.execute(select(SyncState.revision)).scalar_one()
            return self._cache.get(revision, question, lambda: answer(connection))
