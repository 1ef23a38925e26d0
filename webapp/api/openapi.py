"""The description of the API, made of what its operations say of themselves.

Source: OpenAPI Specification 3.1.1.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel

from ledger.accounts.tokens import Scope
from ledger.client.answers import Problem
from ledger.hooks.hook import NAME
from webapp.api import formats
from webapp.api import schemas
from webapp.api.examples import BATCH
from webapp.api.examples import BY_MODEL
from webapp.api.examples import CID
from webapp.api.examples import CONTRIBUTION
from webapp.api.examples import CONTRIBUTOR
from webapp.api.operations import Content
from webapp.api.operations import Header
from webapp.api.operations import Holds
from webapp.api.operations import Operation
from webapp.api.operations import Tag
from webapp.problem_types import type_of

VERSION = "3.1.1"
_PROBLEM = "application/problem+json"
_ALWAYS = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)

PATH_PARAMETERS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "cid": (
        "A record's CID, or its beginning.",
        {"type": "string", "pattern": formats.CID_OR_PREFIX},
        CID,
    ),
    "batch_id": (
        "A batch's id, as contracts name it.",
        {"type": "string", "pattern": formats.BATCH},
        BATCH,
    ),
    "address": (
        "An account's address; mixed case has to be its EIP-55 checksum.",
        {"type": "string", "pattern": formats.ADDRESS, "format": "eip55-address"},
        CONTRIBUTOR,
    ),
    "job_name": (
        "A job's name.",
        {"type": "string", "minLength": 1, "maxLength": 256},
        "sort",
    ),
    "machine_type": (
        "A machine type.",
        {"type": "string", "minLength": 1, "maxLength": 256},
        "m4.2xlarge",
    ),
    "identifier": (
        "A contribution's id, from the answer to the upload.",
        {"type": "string", "pattern": "^[0-9a-f-]{1,64}$"},
        CONTRIBUTION,
    ),
    "hook": (
        "A hook's name, as its operator called it.",
        {"type": "string", "pattern": f"^{NAME.pattern}$"},
        "airflow",
    ),
}
"""Parameter → what it is, what is taken, and what it looks like."""

_WHOLE_CID = (
    "A CID of the ledger.",
    {"type": "string", "pattern": formats.CID},
    CID,
)

_HEADERS = {
    "ETag": "Names this answer; send it as If-None-Match to hear only of changes (RFC 9110).",
    "Cache-Control": "How long the answer may be kept (RFC 9111).",
    "Link": "The next, previous and first part of the list (RFC 8288).",
    "Location": "Where the contribution can be followed.",
    "RateLimit": "What is left of the window (draft-ietf-httpapi-ratelimit-headers).",
    "RateLimit-Policy": "How many requests a window holds, and its length in seconds.",
    "Retry-After": "Seconds to wait before asking again.",
}


def document(operations: Iterable[Operation], servers: Iterable[str], root: str) -> dict[str, Any]:
    """The description.

    Args:
        operations: in the order in which they are to stand.
        servers: URLs of the app, without a path.
        root: path of the API.
    """
    listed = list(operations)
    paths: dict[str, Any] = {}
    for each in listed:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": VERSION,
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "perfledger",
            "version": version("perfledger"),
            "summary": "How distributed jobs actually ran, and who vouches for it.",
            "description": "What is on the pages of a node's app, for programs. Lists are paged by "
            "place (`next_after`, `Link`), answers carry an `ETag`, errors are problem details "
            "(RFC 9457) whose `type` leads to a description, and unknown parameters are refused.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server.rstrip("/") + root} for server in servers],
        "tags": [{"name": tag.value, "description": tag.says} for tag in Tag],
        "paths": paths,
        "components": {
            "schemas": schemas.components(_models(listed)),
            "headers": {
                name: {"description": says, "schema": {"type": "string"}}
                for name, says in _HEADERS.items()
            },
            "responses": {},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of this node, where an operation needs one. "
                    f"Scopes: {', '.join(Scope)}.",
                }
            },
        },
    }


def _models(operations: Iterable[Operation]) -> list[type[BaseModel]]:
    contents = [
        content for each in operations for group in each.answers.values() for content in group
    ]
    return [Problem, *(content.model for content in contents if content.model is not None)]


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag.value],
        "summary": operation.summary.rstrip("."),
        "description": operation.description or operation.summary,
        "security": _security(operation),
        "parameters": [
            *(_path_parameter(name, operation) for name in operation.path_parameters),
            *(schemas.parameters(operation.query) if operation.query is not None else []),
            *(_header(each) for each in operation.headers),
        ],
        "responses": _responses(operation),
    }
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {content.media: _content(content) for content in operation.body},
        }
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.scope is not None:
        return [{"token": [operation.scope.value]}]
    welcome = operation.welcomes
    return [{}] if welcome is None else [{}, {"token": [welcome.value]}]


def _header(header: Header) -> dict[str, Any]:
    return {
        "name": header.name,
        "in": "header",
        "required": False,
        "description": header.says,
        "schema": dict(header.schema),
    }


def _path_parameter(name: str, operation: Operation) -> dict[str, Any]:
    whole = operation.holds is Holds.FOR_GOOD
    says, schema, example = _WHOLE_CID if whole else PATH_PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": says,
        "schema": {**schema, "examples": [example]},
    }


def _responses(operation: Operation) -> dict[str, Any]:
    links = {
        link.name: {"operationId": link.operation, "parameters": {link.parameter: link.value}}
        for link in operation.links
    }
    answers: dict[str, Any] = {}
    for status, contents in operation.answers.items():
        answers[str(status.value)] = {
            "description": operation.summary,
            "headers": _headers(operation, status),
            "content": {content.media: _content(content) for content in contents},
        } | ({"links": links} if links else {})
    if operation.method == "GET" and operation.holds is not Holds.NOT:
        answers["304"] = {"description": "The answer is the one that If-None-Match names."}
    return answers | {str(status.value): _problem(status) for status in _refusals(operation)}


def _headers(operation: Operation, status: HTTPStatus) -> dict[str, Any]:
    names = ["Cache-Control", "RateLimit", "RateLimit-Policy"]
    if operation.holds is not Holds.NOT:
        names.append("ETag")
    if operation.pages:
        names.append("Link")
    if status is HTTPStatus.CREATED:
        names.append("Location")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _refusals(operation: Operation) -> list[HTTPStatus]:
    found = {HTTPStatus.BAD_REQUEST, *operation.refusals, *_ALWAYS}
    if operation.path_parameters or operation.pages or operation.body:
        found.add(HTTPStatus.NOT_FOUND)
    return sorted(found)


def _problem(status: HTTPStatus) -> dict[str, Any]:
    kind = type_of(status)
    assert kind is not None
    waits = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    example = {
        "type": kind.uri,
        "title": kind.title,
        "status": status.value,
        "detail": kind.meaning,
        "hint": kind.remedy,
    }
    described: dict[str, Any] = {
        "description": kind.title + ".",
        "content": {_PROBLEM: {"schema": schemas.reference(Problem), "example": example}},
    }
    if waits:
        described["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return described


def _content(content: Content) -> dict[str, Any]:
    if content.model is not None:
        example = BY_MODEL.get(content.model)
        described: dict[str, Any] = {"schema": schemas.reference(content.model)}
    else:
        example = content.example
        described = {} if content.schema is None else {"schema": dict(content.schema)}
    return described if example is None else {**described, "example": example}
