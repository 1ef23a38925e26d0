"""Records as lines of a table, for CSV."""

from ledger.index.views import RecordRow

COLUMNS = tuple(RecordRow.model_fields)
"""Headings, in order."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cells(row: RecordRow) -> list[str]:
    """A record's line.

    A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV
    Injection"); numbers are left as they are.
    """
    values = row.model_dump(mode="json")
    return [_cell(values[name]) for name in COLUMNS]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return str(value)
