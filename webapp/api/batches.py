"""Batches, and who holds them."""

from flask import Response

from ledger.client.answers import Batches
from ledger.client.answers import Citation
from ledger.index.views import BatchDetail
from ledger.peers.replication import Holders
from webapp.api.citations import citation_of
from webapp.api.links import linked
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Link
from webapp.api.operations import Tag
from webapp.api.parameters import BatchListing
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.cite.sharing import cite_batch
from webapp.serving import node
from webapp.serving import queries


@operation(
    "/batches",
    Tag.BATCHES,
    Content(model=Batches),
    query=BatchListing,
    pages=True,
    links=(
        Link("batch", "batch", "batch_id", "$response.body#/batches/0/batch_id"),
        Link("holders", "holders", "batch_id", "$response.body#/batches/0/batch_id"),
        Link("next", "batches", "after", "$response.body#/next_after"),
    ),
)
def batches(asked: BatchListing) -> Response:
    """List batches, newest first."""
    found = queries().batches(limit=asked.limit + 1, after=asked.after)
    rows = found[: asked.limit]
    next_after = rows[-1].batch_id if len(found) > asked.limit else None
    return linked(answer(Batches(batches=rows, next_after=next_after)), next_after=next_after)


@operation("/batches/{batch_id}", Tag.BATCHES, Content(model=BatchDetail))
def batch(batch_id: str) -> Response:
    """Show one batch with its submissions and attestations."""
    return answer(queries().batch(batch_id))


@operation("/batches/{batch_id}/holders", Tag.BATCHES, Content(model=Holders), holds=Holds.AS_IS)
def holders(batch_id: str) -> Response:
    """Tell who holds a batch.

    Nodes that have not answered lately, or are not trusted, do not count.
    """
    return answer(node().holders(batch_id))


@operation("/batches/{batch_id}/citation", Tag.BATCHES, Content(model=Citation), holds=Holds.AS_IS)
def batch_citation(batch_id: str) -> Response:
    """Cite a batch: BibTeX, plain text and CSL-JSON, with its CID, root and block."""
    return answer(citation_of(cite_batch(queries().batch(batch_id))))
