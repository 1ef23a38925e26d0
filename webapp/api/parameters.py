"""Query parameters of the API's operations, as models: what is taken is what is described."""

from typing import Annotated
from typing import Any
from typing import Literal
from typing import TypeVar

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import WithJsonSchema

from ledger.capture.tables import Kind
from ledger.groups.card import NAME
from ledger.index.filters import MAX_VALUES
from ledger.index.filters import Filter
from ledger.index.queries.listing import MAX_ROWS
from ledger.index.queries.listing import Sort
from ledger.peers.replication import Sort as BatchSort
from webapp.api.formats import AddressText
from webapp.api.formats import BatchText
from webapp.api.formats import Bytes
from webapp.api.formats import Duration
from webapp.api.formats import Moment
from webapp.api.formats import TransactionText
from webapp.api.formats import Whole
from webapp.paging import DEFAULT_LIMIT

MOST_ROWS = 500
_CURSOR = r"^[A-Za-z0-9_-]{1,2000}$"

Value = TypeVar("Value")
Values = Annotated[tuple[Value, ...], Field(max_length=MAX_VALUES)]
GroupName = Annotated[
    str,
    Field(pattern=f"^{NAME.pattern}$"),
    WithJsonSchema({"type": "string", "pattern": f"^{NAME.pattern}$", "format": "group-name"}),
]
Order = Literal["desc", "asc"]
Cursor = Annotated[
    str,
    Field(pattern=_CURSOR),
    WithJsonSchema({"type": "string", "format": "record-cursor", "maxLength": 2000}),
]


def _limit(most: int) -> Any:
    schema = {"type": "integer", "minimum": 1, "maximum": most}
    return Annotated[Whole, Field(ge=1, le=most), WithJsonSchema(schema)]


class FilterQuery(Filter):
    """A filter. Every one of the index is one of the API; some are read more strictly here."""

    nodes: Values[Whole] = Field((), description="Numbers of nodes (scale-outs).")
    contributor: Values[AddressText] = Field((), description="Addresses of contributors.")
    validator: Values[AddressText] = Field(
        (), description="Addresses of validators, any of whom attested the record's batch."
    )
    batch: Values[BatchText] = Field((), description="Batch ids.")
    input_bytes_min: Bytes | None = Field(
        None, description="Least size of the input: bytes, or with a unit."
    )
    input_bytes_max: Bytes | None = Field(
        None, description="Largest size of the input: bytes, or with a unit."
    )
    runtime_min: Duration | None = Field(
        None, description="Shortest runtime: seconds, or with a unit."
    )
    runtime_max: Duration | None = Field(
        None, description="Longest runtime: seconds, or with a unit."
    )
    started_from: Moment | None = Field(None, description="Earliest start (RFC 3339).")
    started_to: Moment | None = Field(None, description="Latest start (RFC 3339).")

    @property
    def chosen(self) -> Filter:
        """The filter alone, as the index knows it."""
        return Filter.model_construct(**{name: getattr(self, name) for name in Filter.model_fields})


class RecordsQuery(FilterQuery):
    """A part of a list of records."""

    sort: Sort = Field(Sort.ADDED, description="What to sort by; `added`: as they became known.")
    order: Order = Field("desc", description="Whether the greatest, or newest, come first.")
    limit: _limit(MAX_ROWS) = Field(DEFAULT_LIMIT, description="Most rows.")  # type: ignore[valid-type]
    after: Cursor | None = Field(None, description="What follows this place (`next_after`).")
    before: Cursor | None = Field(
        None, description="What precedes this place (`previous_before`); it wins over `after`."
    )


class Listing(BaseModel):
    """A part of a list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: _limit(MOST_ROWS) = Field(DEFAULT_LIMIT, description="Most rows.")  # type: ignore[valid-type]


class BatchListing(Listing):
    """A part of a list of batches, or of what there is one of in each."""

    after: BatchText | None = Field(None, description="What follows this batch (`next_after`).")


class EnvelopeListing(Listing):
    """A part of a list of encrypted records."""

    batch: BatchText | None = Field(None, description="Those of this batch only.")
    after: Annotated[str, Field(pattern=r"^[0-9]{1,18}-[0-9]{1,9}-[0-9]{1,9}$")] | None = Field(
        None, description="What follows this place (`next_after`)."
    )


class ReplicationListing(BatchListing):
    """A part of a list of where batches are."""

    sort: BatchSort = Field(BatchSort.ANCHORED, description="What to sort by.")
    order: Order = Field("desc", description="Whether the most, or newest, come first.")
    at_risk: Literal["0", "1"] = Field("0", description="1: those on one node or none alone.")


class AccountListing(Listing):
    """A part of a list of accounts."""

    after: AddressText | None = Field(None, description="What follows this account (`next_after`).")


class ContributionListing(Listing):
    """A part of a list of contributions."""

    after: Annotated[str, Field(pattern="^[0-9a-f-]{1,64}$")] | None = Field(
        None, description="What follows this contribution (`next_after`)."
    )


class Words(BaseModel):
    """What is searched for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: Annotated[str, Field(max_length=200)] = Field(
        "", description="Words, a CID or the beginning of one, a batch id, or an address."
    )


class RevocationQuery(BaseModel):
    """Which transaction is followed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transaction: TransactionText | None = Field(
        None, description="The transaction that revokes the record, as the wallet answered."
    )


class DraftQuery(BaseModel):
    """How an upload is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=255)] = Field(
        "", description="The file's name; its ending may tell the format."
    )
    kind: Literal["auto"] | Kind = Field(
        "auto", description="The format, where Content-Type does not tell; `auto`: found out."
    )


class UploadQuery(DraftQuery):
    """How an upload is read, and who signs it."""

    signer: AddressText | None = Field(
        None, description="The development account that signs; otherwise the first."
    )


class ContributionQuery(UploadQuery):
    """How an upload is read, who signs it, and who may read its records."""

    group: GroupName | None = Field(
        None,
        description="Encrypt the records for this group of the node; otherwise they are public.",
    )
