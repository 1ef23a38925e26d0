"""Pages that describe the API, made of what its operations say of themselves."""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from flask import jsonify
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.record.schema import json_schema
from webapp.api.description import described
from webapp.api.description import ordered
from webapp.api.operations import Operation
from webapp.api.operations import Tag
from webapp.api.routes import ROOT
from webapp.api.samples import Sample
from webapp.api.samples import envelope_of
from webapp.api.samples import sample
from webapp.api.samples import validator_of
from webapp.api.samples import values_of
from webapp.problem_types import PAGE
from webapp.problem_types import TYPES
from webapp.serving import queries

pages = Blueprint("api_pages", __name__, template_folder="templates")

_MANY = 6
"""Values of a parameter that are named; of more, the first."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as the page shows it."""

    name: str
    place: str
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Described:
    """An operation as the page shows it.

    Attributes:
        operation: it.
        parameters: in their order.
        bodies: media types that it takes.
        answers: status, with what it means.
        sample: how it is called.
    """

    operation: Operation
    parameters: list[Parameter]
    bodies: list[str]
    answers: list[tuple[str, str]]
    sample: Sample


@pages.get("/api")
def reference() -> ResponseReturnValue:
    """The operations, group by group, with examples."""
    root = request.host_url.rstrip("/") + ROOT
    return render_template(
        "api/reference.html", groups=_groups(ordered(), root), description=f"{ROOT}/openapi.json"
    )


@pages.get(PAGE)
def problem_types() -> ResponseReturnValue:
    """The kinds of problems; each is what its `type` leads to."""
    return render_template("api/problems.html", types=TYPES)


@pages.get("/schema/record-1.json")
def schema() -> ResponseReturnValue:
    """The JSON Schema of a record, at an address that can be cited."""
    response = jsonify(dict(json_schema()))
    response.mimetype = "application/schema+json"
    return response


def _groups(operations: Iterable[Operation], root: str) -> list[tuple[Tag, list[Described]]]:
    listed = list(operations)
    paths = described(())["paths"]
    things = values_of(queries())
    validator = validator_of(queries())
    envelope = envelope_of(queries())
    of_envelopes = {name: value for name, value in things.items() if name != "cid"} | envelope
    found: dict[Tag, list[Described]] = {}
    for each in listed:
        values = things | validator if each.path.startswith("/validators") else things
        if each.path.startswith("/envelopes"):
            values = of_envelopes
        told = paths[each.path][each.method.lower()]
        found.setdefault(each.tag, []).append(_described(each, told, sample(each, root, values)))
    return list(found.items())


def _described(operation: Operation, told: Mapping[str, Any], call: Sample) -> Described:
    return Described(
        operation,
        [
            Parameter(each["name"], each["in"], _kind(each["schema"]), each["description"])
            for each in told["parameters"]
        ],
        [content.media for content in operation.body],
        [(status, answer["description"]) for status, answer in told["responses"].items()],
        call,
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in words."""
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}, several"
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if values:
        more = ", …" if len(values) > _MANY else ""
        return "one of " + ", ".join(map(str, values[:_MANY])) + more
    if "maximum" in schema and "minimum" in schema:
        return f"{schema['type']}, {schema['minimum']} to {schema['maximum']:,}"
    return str(schema.get("format") or schema.get("type") or "any")
