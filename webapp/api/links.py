"""Where the other parts of a list are.

Source: RFC 8288 (Web Linking); `next`, `prev` and `first` of the IANA's link relations.
"""

from urllib.parse import urlencode

from flask import Response
from flask import request

PLACES = frozenset({"after", "before"})


def linked(
    response: Response, *, next_after: str | None, previous_before: str | None = None
) -> Response:
    """The answer with links to the next, the previous and the first part of its list."""
    if next_after is not None:
        response.headers.add("Link", _link("next", after=next_after))
    if previous_before is not None:
        response.headers.add("Link", _link("prev", before=previous_before))
    if any(name in request.args for name in PLACES):
        response.headers.add("Link", _link("first"))
    return response


def _link(relation: str, **place: str) -> str:
    kept = [pair for pair in request.args.items(multi=True) if pair[0] not in PLACES]
    query = urlencode([*kept, *place.items()])
    return f'<{request.path}{"?" if query else ""}{query}>; rel="{relation}"'
