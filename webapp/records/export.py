"""Exactly the records of a list, as a file that is written while it is read."""

import csv
import io
import json
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from flask import Response

from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.tabular import COLUMNS
from ledger.index.tabular import cells
from ledger.index.views import RecordRow

LINES_AT_ONCE = 200

Rows = Iterator[tuple[RecordRow, dict[str, Any]]]


def as_csv(rows: Rows) -> Iterator[str]:
    """One line per record (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for count, (row, _) in enumerate(rows, 1):
        writer.writerow(cells(row))
        if count % LINES_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_jsonl(rows: Rows) -> Iterator[str]:
    """One object per line: what the ledger says of the record, and the record whole."""
    for row, record in rows:
        line = row.model_dump(mode="json") | {"record": record}
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


FORMS: Mapping[str, tuple[Callable[[Rows], Iterator[str]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_jsonl, "application/jsonl; charset=utf-8"),
}
"""Form → how it is written, and its content type."""


def download(queries: Queries, chosen: Filter, form: str) -> Response:
    """The answer that holds every record that passes a filter."""
    write, content_type = FORMS[form]
    return Response(
        write(queries.export(chosen)),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="perfledger-records.{form}"',
            "Cache-Control": "no-store",
        },
    )
