"""How to cite what the API answers with."""

from flask import Response
from flask import request

from ledger.client.answers import Citation
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Tag
from webapp.api.parameters import FilterQuery
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.cite.sharing import cite_batch
from webapp.cite.sharing import cite_filter
from webapp.cite.sharing import cite_record
from webapp.cite.work import Work
from webapp.serving import queries


@operation("/records/{cid}/citation", Tag.RECORDS, Content(model=Citation), holds=Holds.AS_IS)
def record_citation(cid: str) -> Response:
    """Cite a record: BibTeX, plain text and CSL-JSON, with its CID, root and block."""
    return answer(_citation(cite_record(queries().record(cid))))


@operation("/citation", Tag.RECORDS, Content(model=Citation), query=FilterQuery, holds=Holds.AS_IS)
def citation(asked: FilterQuery) -> Response:
    """Cite the records that pass a filter, as of now."""
    return answer(_citation(cite_filter(request.args.to_dict(flat=False), asked.chosen)))


@operation("/batches/{batch_id}/citation", Tag.BATCHES, Content(model=Citation), holds=Holds.AS_IS)
def batch_citation(batch_id: str) -> Response:
    """Cite a batch: BibTeX, plain text and CSL-JSON, with its CID, root and block."""
    return answer(_citation(cite_batch(queries().batch(batch_id))))


def _citation(work: Work) -> Citation:
    return Citation(
        key=work.key,
        title=work.title,
        url=work.url,
        proof_url=work.proof_url,
        accessed=work.accessed,
        text=work.text(),
        bibtex=work.bibtex(),
        csl=work.csl(),
    )
