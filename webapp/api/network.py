"""This node and the network: how it stands, other nodes, and who holds what."""

from flask import Response

from ledger.client.answers import BatchCopies
from ledger.client.answers import Replication
from ledger.errors import NotFoundError
from ledger.peers.replication import BatchStatus
from ledger.peers.replication import arranged
from ledger.peers.views import Standing
from ledger.standing import NodeStatus
from webapp.api.links import linked
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Link
from webapp.api.operations import Tag
from webapp.api.parameters import ReplicationListing
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.serving import node


@operation("/status", Tag.NODE, Content(model=NodeStatus), holds=Holds.AS_IS)
def status() -> Response:
    """Show how the node stands: chain, index, outbox."""
    return answer(node().status())


@operation("/network", Tag.NODE, Content(model=Standing), holds=Holds.NOT)
def network() -> Response:
    """Show how the node stands among its peers: who they are, what is missing or at risk."""
    return answer(node().standing(_batches()))


@operation(
    "/network/batches",
    Tag.NODE,
    Content(model=Replication),
    query=ReplicationListing,
    holds=Holds.AS_IS,
    pages=True,
    links=(Link("holders", "holders", "batch_id", "$response.body#/batches/0/batch_id"),),
)
def replication(asked: ReplicationListing) -> Response:
    """List on how many nodes each batch is."""
    chosen = arranged(
        _batches(), asked.sort, descending=asked.order == "desc", at_risk=asked.at_risk == "1"
    )
    start = 0 if asked.after is None else _place(chosen, asked.after)
    rows = [
        BatchCopies.model_validate(each.model_dump())
        for each in chosen[start : start + asked.limit]
    ]
    next_after = rows[-1].batch_id if len(chosen) > start + asked.limit else None
    found = Replication(batches=rows, total=len(chosen), next_after=next_after)
    return linked(answer(found), next_after=next_after)


def _place(batches: list[BatchStatus], batch_id: str) -> int:
    for place, each in enumerate(batches, 1):
        if each.batch_id == batch_id:
            return place
    raise NotFoundError(f"batch {batch_id} is not in this list", hint="Begin with the first part.")


def _batches() -> list[BatchStatus]:
    return node().replication()
