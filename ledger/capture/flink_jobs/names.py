"""Names of vertices without what people wrote into a query or a path."""

import re

from ledger.capture.redaction import redact_text

MOST_NAME = 256

_FOLDERS = re.compile(r"(?<![\w.])(?:[a-z][a-z0-9+.-]{0,20}:)?/(?:[^\s/,()\[\]]*/)*")
_OF_SQL = "=["


def harmless_name(name: str) -> str:
    """A name without folders and credentials; what an operator of SQL does is left out.

    The planner writes the columns and conditions of a query in brackets after an operator:
    ``Calc(select=[a, b], where=[(a > 5)])``.
    """
    plain = _without_brackets(name) if _OF_SQL in name else name
    return redact_text(_FOLDERS.sub("", plain).strip())[:MOST_NAME].strip() or "vertex"


def _without_brackets(name: str) -> str:
    kept: list[str] = []
    depth = 0
    for each in name:
        depth += each in "(["
        if not depth:
            kept.append(each)
        depth -= each in ")]" and depth > 0
    return "".join(kept)
