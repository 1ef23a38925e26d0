"""The blueprint of the API, and how operations get onto it."""

from collections.abc import Callable
from collections.abc import Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from flask import Response
from flask import request
from pydantic import BaseModel

from ledger.accounts.tokens import Scope
from webapp.api.asking import parsed
from webapp.api.freshness import fresh
from webapp.api.freshness import is_known
from webapp.api.freshness import not_modified
from webapp.api.freshness import tag_of_question
from webapp.api.operations import Content
from webapp.api.operations import Header
from webapp.api.operations import Holds
from webapp.api.operations import Link
from webapp.api.operations import Operation
from webapp.api.operations import Tag
from webapp.problems import CrossOriginError
from webapp.security import is_cross_origin

ROOT = "/api/v1"

_WITH_SLASHES = ("job_name", "machine_type")
"""Parameters of a path that are what contributors wrote, and may hold anything."""

View = Callable[..., Response]

blueprint = Blueprint("api", __name__, url_prefix=ROOT, template_folder="templates")

OPERATIONS: dict[str, Operation] = {}
"""By name, which is the endpoint's as well."""


class Nothing(BaseModel, extra="forbid"):
    """No query parameters."""


def operation(
    path: str,
    tag: Tag,
    *answers: Content,
    method: str = "GET",
    query: type[BaseModel] | None = None,
    headers: Sequence[Header] = (),
    body: Sequence[Content] = (),
    statuses: Sequence[HTTPStatus] = (HTTPStatus.OK,),
    refusals: Sequence[HTTPStatus] = (),
    holds: Holds = Holds.UNTIL_INDEXED,
    pages: bool = False,
    scope: Scope | None = None,
    welcomes: Scope | None = None,
    links: Sequence[Link] = (),
) -> Callable[[View], View]:
    """Make a view an operation: what is said of it here is checked, done and described.

    The view's docstring is what is said of the operation, its first line in short. It takes the
    model of its query first, if it has one, and the parameters of its path by name.
    """

    def register(view: View) -> View:
        summary, _, description = (view.__doc__ or "").partition("\n")
        name = view.__name__
        OPERATIONS[name] = Operation(
            name=name,
            method=method,
            path=path,
            tag=tag,
            summary=summary.strip(),
            description=" ".join(description.split()),
            query=query,
            headers=headers,
            body=body,
            answers=dict.fromkeys(statuses, answers),
            refusals=refusals,
            holds=holds,
            pages=pages,
            scope=scope,
            welcomes=welcomes,
            links=links,
        )

        @wraps(view)
        def answered(**parameters: str) -> Response:
            asked = parsed(query or Nothing, request.args)
            tag_now = tag_of_question() if holds is Holds.UNTIL_INDEXED else None
            if tag_now is not None and is_known(tag_now):
                return not_modified(tag_now)
            arguments: tuple[Any, ...] = () if query is None else (asked,)
            return fresh(view(*arguments, **parameters), holds, tag_now)

        rule = path.replace("{", "<").replace("}", ">")
        for parameter in _WITH_SLASHES:
            rule = rule.replace(f"<{parameter}>", f"<path:{parameter}>")
        blueprint.add_url_rule(rule, name, answered, methods=[method])
        return view

    return register


@blueprint.before_request
def refuse_other_sites() -> None:
    """No page of another site may make a visitor's browser change anything here.

    Raises:
        CrossOriginError: one tried.
    """
    if is_cross_origin(request):
        raise CrossOriginError(
            "a page of another site sent this request", hint="Send it from a program instead."
        )


def answer(model: BaseModel, status: int = 200) -> Response:
    """A model as JSON."""
    return Response(model.model_dump_json(), status, mimetype="application/json")
