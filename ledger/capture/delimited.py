"""Splitting lines into the fields of a delimited table (RFC 4180).

A quoted field may hold line feeds, and has them where its file ends lines in another way: the same
table has the same records on every system. A quote that is never closed would swallow the rest of
the file that way, so a row may span `MAX_SPAN` lines only; if its quote is still open then, its
first line is a bad row and reading goes on with the next line.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from ledger.capture.source import Line

MAX_SPAN = 20
_UNCLOSED = "unexpected end of data"
_CANDIDATES = "\t,;|"


class Split(NamedTuple):
    """The fields of a row, or why there are none.

    Attributes:
        line: line it begins on.
        fields: its fields.
        fault: why there are none.
        span: how many lines it takes.
    """

    line: int
    fields: list[str]
    fault: str | None = None
    span: int = 1


def delimiter_of(header: str) -> str:
    """The delimiter of a header line: the most frequent of tab, comma, ``;`` and ``|``."""
    return max(_CANDIDATES, key=lambda candidate: (header.count(candidate), candidate == ","))


def split_rows(lines: Iterator[Line], delimiter: str) -> Iterator[Split]:
    """The rows of a table, blank lines left out."""
    ahead: deque[Line] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        if line.fault is not None:
            yield Split(line.number, [], line.fault)
        elif '"' not in line.text:
            if line.text.strip():
                yield Split(line.number, line.text.split(delimiter))
        else:
            yield _quoted(line, ahead, lines, delimiter)


def _quoted(line: Line, ahead: deque[Line], lines: Iterator[Line], delimiter: str) -> Split:
    span = [line]
    while True:
        try:
            fields = _parse([part.text for part in span], delimiter)
        except csv.Error as error:
            fault = str(error)
        else:
            for _ in span[1:]:
                ahead.popleft()
            return Split(line.number, fields, None, len(span))
        if fault != _UNCLOSED:
            return Split(line.number, [], f"wrongly quoted: {fault}")
        if len(span) > len(ahead):
            following = next(lines, None)
            if following is not None:
                ahead.append(following)
        if len(span) > len(ahead) or len(span) == MAX_SPAN or ahead[len(span) - 1].fault:
            return Split(line.number, [], "a quote is opened and not closed")
        span.append(ahead[len(span) - 1])


def _parse(texts: list[str], delimiter: str) -> list[str]:
    numbered = [text + "\n" for text in texts[:-1]] + texts[-1:]
    return next(csv.reader(numbered, delimiter=delimiter, strict=True))
