"""Dark or light: the system's choice until the reader makes another, which is remembered."""

from urllib.parse import urlsplit

from flask import Flask
from flask import Response
from flask import redirect
from flask import request

COOKIE = "theme"
"""Scripts write it too, so that the switch needs no round trip; the page is rendered from it, so
that no other theme flashes up first."""

THEMES = ("light", "dark")


def init_app(app: Flask) -> None:
    """Take the switch's form and tell templates the present theme."""
    app.add_url_rule("/theme", "theme", switch, methods=["POST"])
    app.context_processor(lambda: {"theme": chosen()})


def chosen() -> str | None:
    """What the reader chose; None: as the system has it."""
    theme = request.cookies.get(COOKIE)
    return theme if theme in THEMES else None


def switch() -> Response:
    """Choose the other theme and go back to where the reader was."""
    theme = "light" if chosen() == "dark" else "dark"
    came_from = urlsplit(request.referrer or "")
    back = came_from.path if came_from.netloc == request.host else "/"
    target = f"{back}?{came_from.query}" if came_from.query and back != "/" else back
    response = redirect("/" + target.lstrip("/\\"), 303)
    response.set_cookie(
        COOKIE, theme, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure
    )
    assert isinstance(response, Response)
    return response
