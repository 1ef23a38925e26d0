"""Records: lists, facets, files."""

from flask import Response
from flask import abort
from flask import request
from werkzeug.datastructures import MultiDict

from ledger.errors import InvalidInputError
from ledger.index.filters import Filter
from ledger.index.queries.listing import MAX_ROWS
from ledger.index.queries.listing import Sort
from ledger.index.queries.listing import sort_of
from webapp.api.models import Facets
from webapp.api.routes import answer
from webapp.api.routes import blueprint
from webapp.paging import limit_of
from webapp.records.export import FORMS
from webapp.records.export import download
from webapp.records.files import block_file
from webapp.records.files import proof_file
from webapp.records.state import parse_filter
from webapp.serving import queries

_LISTING = frozenset({"sort", "order", "limit", "after", "before"})


@blueprint.get("/records")
def records() -> Response:
    """Records that pass a filter; `sort`, `order`, `limit`, `after` and `before` page them."""
    query = request.args
    found = queries().records(
        _filter(query, _LISTING),
        sort=sort_of(query.get("sort") or Sort.ADDED),
        descending=query.get("order") != "asc",
        limit=limit_of(query, MAX_ROWS),
        after=query.get("after") or None,
        before=query.get("before") or None,
    )
    return answer(found)


@blueprint.get("/facets")
def facets() -> Response:
    """Values of each filter, with the number of records each would leave."""
    return answer(Facets(facets=queries().facets(_filter(request.args))))


@blueprint.get("/export.<form>")
def export(form: str) -> Response:
    """Every record that passes a filter, as CSV or JSONL."""
    if form not in FORMS:
        abort(404)
    return download(queries(), _filter(request.args), form)


@blueprint.get("/records/<cid>")
def record(cid: str) -> Response:
    """Everything known of a record, by its CID or the beginning of one."""
    return answer(queries().record(cid))


@blueprint.get("/records/<cid>/block")
def record_block(cid: str) -> Response:
    """The canonical bytes of a record (DAG-CBOR)."""
    return block_file(cid)


@blueprint.get("/records/<cid>/proof")
def record_proof(cid: str) -> Response:
    """The proof file of a record."""
    return proof_file(cid)


def _filter(query: "MultiDict[str, str]", others: frozenset[str] = frozenset()) -> Filter:
    """A program that misspells a filter must not be answered as if it had none."""
    unknown = sorted(set(query) - set(Filter.model_fields) - others)
    if unknown:
        raise InvalidInputError(
            f"there is no parameter {unknown[0][:40]!r}",
            hint=f"Filters are: {', '.join(Filter.model_fields)}.",
        )
    return parse_filter(query)[1]
