"""The network: other nodes, and who holds what."""

from flask import Response
from flask import request

from ledger.peers.replication import BatchStatus
from webapp.api.models import Replication
from webapp.api.routes import answer
from webapp.api.routes import blueprint
from webapp.network.state import page_of
from webapp.network.state import parse
from webapp.serving import node


@blueprint.get("/network")
def network() -> Response:
    """How this node stands among its peers: who they are, what is missing, what is at risk."""
    return answer(node().standing(_batches()))


@blueprint.get("/network/batches")
def replication() -> Response:
    """On how many nodes each batch is; `at_risk=1`, `sort`, `order`, `limit` and `page` choose."""
    page = page_of(_batches(), parse(request.args))
    return answer(
        Replication(
            batches=list(page.rows), total=page.total, page=page.listing.page, pages=page.pages
        )
    )


@blueprint.get("/batches/<batch_id>/holders")
def holders(batch_id: str) -> Response:
    """Who holds a batch."""
    return answer(node().holders(batch_id))


def _batches() -> list[BatchStatus]:
    return node().replication()
