"""Pages of things that strangers named, and their addresses."""

import re
from collections.abc import Callable

from flask import Blueprint
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

_PLAIN = re.compile(r"(?!.*//)(?!.*(?:^|/)\.{1,2}(?:/|$))[^/](?:.*[^/])?", re.DOTALL)
"""What survives in a path: browsers and proxies fold ``..`` and double slashes away."""


def named_url(endpoint: str, name: str, **more: object) -> str:
    """The page of something by its name; names that do not survive in a path go in the query."""
    if _PLAIN.fullmatch(name) and name.isprintable():
        return url_for(endpoint, name=name, **more)  # type: ignore[arg-type]
    return url_for(f"{endpoint}_by_query", called=name, **more)  # type: ignore[arg-type]


def name_pages(
    blueprint: Blueprint, detail: Callable[[str], ResponseReturnValue], address: str
) -> None:
    """Give each thing of a kind a page, whatever its name is.

    Args:
        blueprint: the kind's.
        detail: the page of one by its name.
        address: how templates call what gives the address of that page.
    """
    endpoint = f"{blueprint.name}.detail"
    blueprint.add_app_template_global(lambda name: named_url(endpoint, name), address)
    blueprint.add_url_rule("/<path:name>", "detail", detail)
    blueprint.add_url_rule(
        "/called", "detail_by_query", lambda: detail(request.args.get("called", ""))
    )
