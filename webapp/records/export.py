"""Exactly the records of a list, as a file that is written while it is read."""

from flask import Response

from ledger.index.exporting import FORMS
from ledger.index.filters import Filter
from ledger.index.queries import Queries

__all__ = ["FORMS", "download"]


def download(queries: Queries, chosen: Filter, form: str) -> Response:
    """The answer that holds every record that passes a filter."""
    kind = FORMS[form]
    return Response(
        kind.write(queries.export(chosen)),
        content_type=kind.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="perfledger-records.{form}"',
            "Cache-Control": "no-store",
        },
    )
