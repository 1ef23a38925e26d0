"""Records: lists, facets, files."""

from http import HTTPStatus

from flask import Response
from flask import request

from ledger.client.answers import Citation
from ledger.client.answers import Facets
from ledger.index.views import Page
from ledger.index.views import RecordDetail
from ledger.store.blocks import BlockNotFoundError
from webapp.api.citations import citation_of
from webapp.api.links import linked
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Link
from webapp.api.operations import Tag
from webapp.api.parameters import FilterQuery
from webapp.api.parameters import RecordsQuery
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.cite.sharing import cite_filter
from webapp.cite.sharing import cite_record
from webapp.records.export import download
from webapp.records.files import block_file
from webapp.records.files import proof_file
from webapp.serving import queries

FILE = {"type": "string"}

_OF_RECORD = (
    Link("record", "record", "cid", "$response.body#/rows/0/cid"),
    Link("block", "record_block", "cid", "$response.body#/rows/0/cid"),
    Link("batch", "batch", "batch_id", "$response.body#/rows/0/batch_id"),
    Link("contributor", "contributor", "address", "$response.body#/rows/0/contributor"),
    Link("next", "records", "after", "$response.body#/next_after"),
)


@operation(
    "/records", Tag.RECORDS, Content(model=Page), query=RecordsQuery, pages=True, links=_OF_RECORD
)
def records(asked: RecordsQuery) -> Response:
    """List records that pass a filter.

    Filters combine; within one, any of its values passes. A page begins after a place, not after a
    number of rows, so none is missed or repeated while records come in.
    """
    found = queries().records(
        asked.chosen,
        sort=asked.sort,
        descending=asked.order == "desc",
        limit=asked.limit,
        after=asked.after,
        before=asked.before,
    )
    return linked(answer(found), next_after=found.next_after, previous_before=found.previous_before)


@operation("/facets", Tag.RECORDS, Content(model=Facets), query=FilterQuery)
def facets(asked: FilterQuery) -> Response:
    """Count what each value of each filter would leave.

    Each field is counted under the filters of all others. Sizes, runtimes and starts are counted
    in ranges, whose ends are in the form that the filters take.
    """
    answers = queries()
    chosen = asked.chosen
    return answer(Facets(facets=answers.facets(chosen), ranges=answers.bins(chosen)))


@operation(
    "/records/{cid}",
    Tag.RECORDS,
    Content(model=RecordDetail),
    links=(
        Link("proof", "record_proof", "cid", "$response.body#/row/cid"),
        Link("batch", "batch", "batch_id", "$response.body#/row/batch_id"),
    ),
)
def record(cid: str) -> Response:
    """Show everything known of a record.

    Its CID may be cut short, as long as only one record's begins like that.
    """
    return answer(queries().record(cid))


@operation(
    "/records/{cid}/block",
    Tag.RECORDS,
    Content("application/vnd.ipld.dag-cbor"),
    holds=Holds.FOR_GOOD,
)
def record_block(cid: str) -> Response:
    """Get the canonical bytes of a record, a batch's manifest or a validators' report.

    They are DAG-CBOR and hash to their CID (SHA-256), whoever they come from.
    """
    try:
        response = block_file(cid)
    except BlockNotFoundError as error:
        queries().resolve(cid)  # of a record that is here it is missing; of others nothing is known
        raise error from None
    response.set_etag(cid)
    return response


@operation(
    "/records/{cid}/proof",
    Tag.RECORDS,
    Content(schema={"type": "object", "description": "See docs/proof-format.md."}),
    holds=Holds.AS_IS,
    refusals=(HTTPStatus.CONFLICT,),
)
def record_proof(cid: str) -> Response:
    """Get the proof file of a record: all that is needed to check it without this node.

    It grows as validators attest the record's batch.
    """
    return proof_file(cid)


@operation("/records/{cid}/citation", Tag.RECORDS, Content(model=Citation), holds=Holds.AS_IS)
def record_citation(cid: str) -> Response:
    """Cite a record: BibTeX, plain text and CSL-JSON, with its CID, root and block."""
    return answer(citation_of(cite_record(queries().record(cid))))


@operation("/citation", Tag.RECORDS, Content(model=Citation), query=FilterQuery, holds=Holds.AS_IS)
def citation(asked: FilterQuery) -> Response:
    """Cite the records that pass a filter, as of now."""
    work = cite_filter(request.args.to_dict(flat=False), asked.chosen)
    return answer(citation_of(work))


@operation("/export.csv", Tag.RECORDS, Content("text/csv", schema=FILE), query=FilterQuery)
def export_csv(asked: FilterQuery) -> Response:
    """Get every record that passes a filter, a line each (RFC 4180)."""
    return download(queries(), asked.chosen, "csv")


@operation(
    "/export.parquet",
    Tag.RECORDS,
    Content("application/vnd.apache.parquet"),
    query=FilterQuery,
)
def export_parquet(asked: FilterQuery) -> Response:
    """Get every record that passes a filter as typed columns, for analysis (Apache Parquet)."""
    return download(queries(), asked.chosen, "parquet")


@operation(
    "/export.jsonl", Tag.RECORDS, Content("application/jsonl", schema=FILE), query=FilterQuery
)
def export_jsonl(asked: FilterQuery) -> Response:
    """Get every record that passes a filter, whole, with its standing, a JSON object per line."""
    return download(queries(), asked.chosen, "jsonl")
