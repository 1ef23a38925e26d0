"""Citations as the API answers with them."""

from ledger.client.answers import Citation
from webapp.cite.work import Work


def citation_of(work: Work) -> Citation:
    """A work in every form."""
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
