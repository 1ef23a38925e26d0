"""Addresses of the pages of things that strangers named."""

import re

from flask import url_for

_PLAIN = re.compile(r"(?!.*//)(?!.*(?:^|/)\.{1,2}(?:/|$))[^/](?:.*[^/])?", re.DOTALL)
"""What survives in a path: browsers and proxies fold ``..`` and double slashes away."""


def named_url(endpoint: str, name: str, **more: object) -> str:
    """The page of something by its name; names that do not survive in a path go in the query."""
    if _PLAIN.fullmatch(name) and name.isprintable():
        return url_for(endpoint, name=name, **more)  # type: ignore[arg-type]
    return url_for(f"{endpoint}_by_query", called=name, **more)  # type: ignore[arg-type]
