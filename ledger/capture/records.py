"""Records that are already in the ledger's own JSON form."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from ledger.capture import jsonlines
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.capture.source import MAX_LINE_BYTES
from ledger.record import codec
from ledger.record import dagcbor

FORM_ORIGIN = {"kind": "form"}


def records_from_json(source: str | bytes | Iterable[str]) -> Iterator[Row]:
    """Records of one JSON object, a JSON array, or one JSON object per line.

    A record that does not say what captured it gets the origin of a form. In JSONL ``line`` is the
    line; in an array and for a single object it is the position of the record, from 1.

    Args:
        source: the text, or its lines; lines are read one by one and always taken as JSONL.
    """
    if isinstance(source, bytes):
        try:
            source = source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return iter([Bad(1, 1, None, f"byte {error.start + 1} is not valid UTF-8")])
    if not isinstance(source, str):
        return _of_lines(source)
    text = source.strip().removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    if text.startswith("[") or (rest.strip() and not _is_json(first)) or not rest.strip():
        return _of_values(text)
    return _of_lines(text.split("\n"))


def row_of_value(row: int, line: int, value: Any) -> Row:
    """The row that a JSON value makes, if it is a record."""
    if not isinstance(value, dict):
        return Bad(row, line, None, "not a JSON object")
    try:
        record = codec.from_python({"origin": FORM_ORIGIN, **value})
        codec.encode(record)
    except codec.InvalidRecordError as error:
        return Bad(row, line, error.problems[0][0] or None, error.message)
    except dagcbor.MalformedBlockError as error:
        return Bad(row, line, None, error.message)
    return Good(row, line, record)


def row_of_text(row: int, line: int, text: str) -> Row:
    """The row that one line of JSONL makes."""
    if len(text) > MAX_LINE_BYTES:
        return Bad(row, line, None, f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        value = jsonlines.parse(text)
    except ValueError as error:
        return Bad(row, line, None, str(error))
    return row_of_value(row, line, value)


def _of_lines(lines: Iterable[str]) -> Iterator[Row]:
    filled = ((number, text) for number, text in enumerate(lines, 1) if text.strip())
    for row, (number, text) in enumerate(filled, 1):
        yield row_of_text(row, number, text)


def _of_values(text: str) -> Iterator[Row]:
    if len(text) > jsonlines.MAX_JSON_BYTES:
        limit = jsonlines.MAX_JSON_BYTES >> 20
        yield Bad(1, 1, None, f"a JSON array or object of more than {limit} MiB; use JSONL")
        return
    try:
        value = jsonlines.parse(text)
    except ValueError as error:
        yield Bad(1, 1, None, str(error))
        return
    for position, item in enumerate(value if isinstance(value, list) else [value], 1):
        yield row_of_value(position, position, item)


def _is_json(text: str) -> bool:
    try:
        jsonlines.parse(text)
    except ValueError:
        return False
    return True
