"""How long answers hold, and what is asked again without being sent again.

Source: RFC 9110 (ETag, If-None-Match) and RFC 9111 (Cache-Control).
"""

import hashlib
import hmac
from importlib.metadata import version

from flask import Response
from flask import current_app
from flask import request
from werkzeug.datastructures import ETags

from webapp.api.operations import Holds
from webapp.serving import queries

_TAG_DIGITS = 32
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATED = "no-cache"
_READING = frozenset({"GET", "HEAD"})
_VARIES = ("Authorization", "Cookie")


def tag_of_question() -> str:
    """Names the answer to this question, as of the present revision of the index.

    It is told before the answer is computed: should the index change meanwhile, a newer answer
    goes out under an older name, and is asked for again. Keyed with the home's secret, as another
    ledger under the same address has the same revisions; who asks is part of the question.
    """
    question = (
        version("perfledger"),
        queries().revision(),
        request.full_path,
        *(request.headers.get(name, "") for name in _VARIES),
    )
    key = current_app.secret_key
    assert isinstance(key, bytes)
    return hmac.new(key, repr(question).encode(), hashlib.sha256).hexdigest()[:_TAG_DIGITS]


def is_known(tag: str) -> bool:
    """Whether whoever asks has the answer already."""
    given: ETags = request.if_none_match
    return request.method in _READING and not given.star_tag and given.contains_weak(tag)


def not_modified(tag: str) -> Response:
    """That the answer is the one that is known."""
    response = Response(status=304)
    response.set_etag(tag)
    return _dated(response, Holds.UNTIL_INDEXED)


def fresh(response: Response, holds: Holds, tag: str | None) -> Response:
    """An answer with its name, or without its body for whoever has it already."""
    if response.status_code != 200 or request.method not in _READING:  # noqa: PLR2004 - OK
        response.headers.setdefault("Cache-Control", "no-store")
        return response
    if holds is Holds.NOT:
        response.headers["Cache-Control"] = "no-store"
        return response
    if tag is not None:
        response.set_etag(tag)
    elif "ETag" not in response.headers:
        response.add_etag()
    response.make_conditional(request)
    return _dated(response, holds)


def _dated(response: Response, holds: Holds) -> Response:
    response.headers["Cache-Control"] = _IMMUTABLE if holds is Holds.FOR_GOOD else _REVALIDATED
    for name in _VARIES:
        response.vary.add(name)
    return response
