"""The page that lists the API's endpoints, made from the endpoints themselves."""

import inspect
from dataclasses import dataclass

from flask import Blueprint
from flask import Flask
from flask import current_app
from flask import jsonify
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.index.filters import Filter
from ledger.record.schema import json_schema

pages = Blueprint("api_pages", __name__, template_folder="templates")

_EXAMPLES = {
    "api.records": "?job=sort&status=accepted&sort=runtime_seconds&order=asc&limit=5",
    "api.facets": "?job=sort",
    "api.export": "?status=accepted",
    "api.replication": "?at_risk=1&limit=100",
    "api.compare": "?of=job%3Dsort%26nodes%3D4&of=job%3Dsort%26nodes%3D8",
    "api.contribute": "-H 'Content-Type: text/csv' --data-binary @runs.csv",
    "api.verify": "--data-binary @proof.json",
}
_VALUES = {"form": "csv", "cid": "CID", "batch_id": "BATCH", "address": "ADDRESS"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    Attributes:
        method: its HTTP method.
        path: with parameters as ``{name}``.
        says: what it answers with.
        example: a command to try.
    """

    method: str
    path: str
    says: str
    example: str


def endpoints(app: Flask, root: str) -> list[Endpoint]:
    """Every endpoint of the API, in the order of their paths."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api."):
            continue
        says = (inspect.getdoc(app.view_functions[rule.endpoint]) or "").partition("\n")[0]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            path = rule.rule.replace("<", "{").replace(">", "}")
            found.append(Endpoint(method, path, says, _example(rule.endpoint, method, path, root)))
    return sorted(found, key=lambda endpoint: (endpoint.path, endpoint.method))


def _example(endpoint: str, method: str, path: str, root: str) -> str:
    for name, value in _VALUES.items():
        path = path.replace(f"{{{name}}}", value)
    extra = _EXAMPLES.get(endpoint, "")
    address = root.rstrip("/") + path.replace("{identifier}", "ID")
    if method == "POST":
        return f"curl {extra} {address}"
    return f"curl '{address}{extra}'" if extra else f"curl {address}"


@pages.get("/api")
def reference() -> ResponseReturnValue:
    """The endpoints, with examples."""
    return render_template(
        "api/reference.html",
        endpoints=endpoints(current_app, request.host_url),
        filters={name: field.description for name, field in Filter.model_fields.items()},
    )


@pages.get("/schema/record-1.json")
def schema() -> ResponseReturnValue:
    """The JSON Schema of a record, at an address that can be cited."""
    response = jsonify(dict(json_schema()))
    response.mimetype = "application/schema+json"
    return response
