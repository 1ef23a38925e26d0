"""Encrypted records: that they exist, and what validators say of them."""

from flask import Response

from ledger.client.answers import EncryptedRecords
from ledger.index.views import EnvelopeDetail
from webapp.api.links import linked
from webapp.api.operations import Content
from webapp.api.operations import Link
from webapp.api.operations import Tag
from webapp.api.parameters import EnvelopeListing
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.serving import queries


@operation(
    "/envelopes",
    Tag.RECORDS,
    Content(model=EncryptedRecords),
    query=EnvelopeListing,
    pages=True,
    links=(Link("next", "envelopes", "after", "$response.body#/next_after"),),
)
def envelopes(asked: EnvelopeListing) -> Response:
    """List records that are encrypted for a group, the latest anchored first.

    What they say is not public, nor which group that is.
    """
    found = queries().envelopes(batch_id=asked.batch, limit=asked.limit, after=asked.after)
    part = EncryptedRecords(
        envelopes=found.envelopes, total=found.total, next_after=found.next_after
    )
    return linked(answer(part), next_after=found.next_after)


@operation("/envelopes/{cid}", Tag.RECORDS, Content(model=EnvelopeDetail))
def envelope(cid: str) -> Response:
    """Show where one encrypted record stands, and which validators accept it."""
    return answer(queries().envelope(cid))
