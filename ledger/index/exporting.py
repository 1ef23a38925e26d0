"""Records as files, written while they are read: CSV, JSONL, Parquet."""

import csv
import io
import json
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ledger.index.tabular import COLUMNS
from ledger.index.tabular import cells
from ledger.index.views import RecordRow

LINES_AT_ONCE = 200

ROWS_AT_ONCE = 10_000
"""Of one row group of a Parquet file: what a reader has in memory, and the writer too."""

Rows = Iterator[tuple[RecordRow, dict[str, Any]]]


def as_csv(rows: Rows) -> Iterator[bytes]:
    """One line per record (RFC 4180), UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for count, (row, _) in enumerate(rows, 1):
        writer.writerow(cells(row))
        if count % LINES_AT_ONCE == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def as_jsonl(rows: Rows) -> Iterator[bytes]:
    """One object per line: what the ledger says of the record, and the record whole."""
    for row, record in rows:
        line = row.model_dump(mode="json") | {"record": record}
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def as_parquet(rows: Rows) -> Iterator[bytes]:
    """Typed columns, and the record whole as JSON in the last one (Apache Parquet)."""
    from ledger.index import parquet  # pyarrow takes a while to import

    with parquet.Writer() as writer:
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            writer.add(chunk)
            yield writer.taken()
    yield writer.taken()


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: how records become its bytes, and its media type."""

    write: Callable[[Rows], Iterator[bytes]]
    content_type: str


FORMS: Mapping[str, Form] = {
    "csv": Form(as_csv, "text/csv; charset=utf-8"),
    "jsonl": Form(as_jsonl, "application/jsonl; charset=utf-8"),
    "parquet": Form(as_parquet, "application/vnd.apache.parquet"),
}
"""By the ending of the file's name."""
