"""JSON objects that come one at a time: lines of a stream, deliveries of a webhook.

Each stands for itself. One that a map reads names the SHA-256 of its own bytes as its origin, so
the same one told twice is one record.
"""

from dataclasses import replace
from typing import Any

from ledger.capture import jsonlines
from ledger.capture.layout import read_columns
from ledger.capture.mapping import Mapping
from ledger.capture.records import row_of_text
from ledger.capture.rows import Bad
from ledger.capture.rows import Row
from ledger.capture.source import Line
from ledger.capture.source import content_of_bytes
from ledger.capture.tables import JSONRows


def row_of_line(row: int, line: Line, mapping: Mapping | None = None) -> Row:
    """The record that a line of a stream is, or why it is none.

    Args:
        row: its number among those that are not blank.
        line: the line.
        mapping: how its keys become fields; without one it is a record in the ledger's own form.
    """
    if line.fault is not None:
        return Bad(row, line.number, None, line.fault)
    if mapping is None:
        return row_of_text(row, line.number, line.text)
    try:
        value = jsonlines.parse(line.text)
    except ValueError as error:
        return Bad(row, line.number, None, str(error))
    return replace(row_of_event(value, line.text.encode(), mapping), row=row, line=line.number)


def row_of_event(value: Any, content: bytes, mapping: Mapping) -> Row:
    """The record that a map makes of a JSON value, or why it makes none.

    Keys that the map neither reads nor refuses are left out first: what services send has hundreds.

    Args:
        value: what was sent.
        content: its bytes as they came.
        mapping: how its keys become fields.
    """
    if not isinstance(value, dict):
        return Bad(1, 1, None, "not a JSON object")
    cells = jsonlines.flat(value)
    read = read_columns(mapping)
    if read is not None:
        cells = {name: cell for name, cell in cells.items() if name in read}
    return JSONRows(content_of_bytes(content), mapping).row(1, 1, cells)
