"""The ledger in figures, its search and its schema."""

from typing import Any

from flask import Response
from flask import current_app
from flask import jsonify
from flask import url_for

from ledger.client.answers import Found
from ledger.client.answers import Health
from ledger.client.answers import Kind
from ledger.client.answers import Timeline
from ledger.index.filters import Filter
from ledger.index.views import Overview
from ledger.record.schema import json_schema
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Tag
from webapp.api.parameters import Words
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.overview.search import target_of
from webapp.serving import queries

_TARGETS: dict[str, tuple[Kind, str]] = {
    "records.detail": ("record", "api.record"),
    "batches.detail": ("batch", "api.batch"),
    "validators.detail": ("validator", "api.validator"),
    "contributors.detail": ("contributor", "api.contributor"),
}


@operation("/overview", Tag.LEDGER, Content(model=Overview))
def overview() -> Response:
    """Show the ledger in figures."""
    return answer(queries().overview())


@operation("/timeline", Tag.LEDGER, Content(model=Timeline))
def timeline() -> Response:
    """Count what was anchored on each day of the last year on which anything was."""
    return answer(Timeline(days=queries().overview().timeline))


@operation("/search", Tag.LEDGER, Content(model=Found), query=Words)
def search(asked: Words) -> Response:
    """Find where a text leads: to what it names exactly, or to the records it matches.

    What looks like a name leads there, whether or not anything has it.
    """
    answers = queries()
    text = asked.q.strip()
    people = frozenset(row.address.lower() for row in answers.validators())
    page = target_of(text, people)
    endpoint, named = _matched(page.partition("?")[0])
    if endpoint in _TARGETS:
        kind, operation_ = _TARGETS[endpoint]
        values: dict[str, Any] = named
        url = url_for(operation_, **values)
        return answer(Found(kind=kind, url=url, page=page, records=0))
    matching = answers.count(Filter(q=text))
    url = url_for("api.records", q=text or None)
    return answer(Found(kind="records", url=url, page=page, records=matching))


def _matched(path: str) -> tuple[str, dict[str, str]]:
    """The endpoint of an address of this app, with the parameters in its path."""
    endpoint, named = current_app.url_map.bind("").match(path)
    return str(endpoint), dict(named)


@operation(
    "/schema",
    Tag.LEDGER,
    Content("application/schema+json", schema={"type": "object"}),
    holds=Holds.AS_IS,
)
def schema() -> Response:
    """Get the JSON Schema (2020-12) of a record."""
    response = jsonify(dict(json_schema()))
    response.mimetype = "application/schema+json"
    return response


@operation("/healthz", Tag.NODE, Content(model=Health), holds=Holds.NOT)
def healthz() -> Response:
    """Tell whether the app can answer out of its index."""
    return answer(Health(status="ok", records=queries().count()))
