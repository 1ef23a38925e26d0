"""The ledger in figures, batches, people, and how the node stands."""

from flask import Response
from flask import jsonify
from flask import request

from ledger.record.schema import json_schema
from webapp.api.models import Batches
from webapp.api.models import Contributors
from webapp.api.models import Health
from webapp.api.models import ValidatorDetail
from webapp.api.models import Validators
from webapp.api.routes import answer
from webapp.api.routes import blueprint
from webapp.paging import limit_of
from webapp.serving import node
from webapp.serving import queries

MOST_BATCHES = 500


@blueprint.get("/overview")
def overview() -> Response:
    """The ledger in figures."""
    return answer(queries().overview())


@blueprint.get("/batches")
def batches() -> Response:
    """Batches, newest first; `limit` and `after` page through them."""
    limit = limit_of(request.args, MOST_BATCHES)
    found = queries().batches(limit=limit + 1, after=request.args.get("after") or None)
    rows = found[:limit]
    return answer(
        Batches(batches=rows, next_after=rows[-1].batch_id if len(found) > limit else None)
    )


@blueprint.get("/batches/<batch_id>")
def batch(batch_id: str) -> Response:
    """One batch with its submissions and attestations."""
    return answer(queries().batch(batch_id))


@blueprint.get("/contributors")
def contributors() -> Response:
    """Everyone who contributed, the most records first."""
    return answer(Contributors(contributors=queries().contributors()))


@blueprint.get("/contributors/<address>")
def contributor(address: str) -> Response:
    """One contributor, with what came of their records."""
    return answer(queries().contributor(address))


@blueprint.get("/validators")
def validators() -> Response:
    """Everyone ever admitted as a validator, active ones first."""
    return answer(Validators(validators=queries().validators()))


@blueprint.get("/validators/<address>")
def validator(address: str) -> Response:
    """One validator with the latest attestations."""
    answers = queries()
    row = answers.validator(address)
    return answer(ValidatorDetail(validator=row, attestations=answers.attestations(row.address)))


@blueprint.get("/status")
def status() -> Response:
    """How the node stands: chain, index, outbox."""
    return answer(node().status())


@blueprint.get("/healthz")
def healthz() -> Response:
    """Whether the app can answer out of its index."""
    return answer(Health(status="ok", records=queries().count()))


@blueprint.get("/schema")
def schema() -> Response:
    """The JSON Schema (2020-12) of a record."""
    response = jsonify(dict(json_schema()))
    response.mimetype = "application/schema+json"
    return response
