"""A name, a line in the log and a place in the figures for each request."""

import re
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any

import structlog
from flask import Flask
from flask import request
from werkzeug.wsgi import ClosingIterator

from webapp.operations.metrics import REQUESTS
from webapp.operations.metrics import SECONDS
from webapp.operations.metrics import UNDER_WAY
from webapp.operations.proxies import DIRECT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

HEADER = "X-Request-ID"

LOGGED = "ACCESS_LOG"
"""Configuration of the app: whether each request has a line in the log."""

_log = structlog.get_logger(__name__)

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ID_BYTES = 12

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are counted together: whoever asks may invent as many as he likes."""

_ROUTE = "perfledger.route"
_UNKNOWN_ROUTE = "(none)"


class Requests:
    """An application whose requests have names, and are counted and logged when they ended.

    The name of a request is the one that it came with if a trusted proxy sent it, else a new one:
    a stranger could hide behind the name of another's.

    Args:
        application: answers.
        app: knows its routes.
    """

    def __init__(self, application: "WSGIApplication", app: Flask) -> None:
        self._application = application
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        name = _name_of(environ)
        seen = _Seen(environ, name)
        structlog.contextvars.bind_contextvars(request_id=name)
        UNDER_WAY.inc()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, name)], *rest)

        try:
            answer = self._application(environ, start)
        except BaseException:
            self._ended(seen)
            raise
        return ClosingIterator(seen.counted(answer), lambda: self._close(answer, seen))

    def _close(self, answer: Any, seen: "_Seen") -> None:
        try:
            if hasattr(answer, "close"):
                answer.close()
        finally:
            self._ended(seen)

    def _ended(self, seen: "_Seen") -> None:
        UNDER_WAY.dec()
        seconds = time.perf_counter() - seen.began
        method = seen.method if seen.method in _METHODS else "OTHER"
        route = self._route(seen)
        REQUESTS.labels(method, route, seen.status).inc()
        SECONDS.labels(method, route).observe(seconds)
        if self._app.config.get(LOGGED):
            _log.info(
                "request",
                method=method,
                path=seen.path,
                route=route,
                status=seen.status,
                bytes=seen.bytes,
                seconds=round(seconds, 6),
                address=seen.address,
            )
        structlog.contextvars.unbind_contextvars("request_id")

    def _route(self, seen: "_Seen") -> str:
        """The pattern of the path: of paths there are as many as there are records."""
        return str(seen.environ.get(_ROUTE, _UNKNOWN_ROUTE))


def remember_route(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Note which route a request takes, for when it has ended."""
    if request.url_rule is not None:
        request.environ[_ROUTE] = request.url_rule.rule


class _Seen:
    """What is known of a request."""

    def __init__(self, environ: "WSGIEnvironment", name: str) -> None:
        self.environ = environ
        self.name = name
        self.began = time.perf_counter()
        self.method = str(environ.get("REQUEST_METHOD", ""))
        self.path = str(environ.get("PATH_INFO", ""))  # not the query: people search for secrets
        self.address = str(environ.get("REMOTE_ADDR", ""))
        self.status = 500
        self.bytes = 0

    def counted(self, answer: Iterable[bytes]) -> Iterable[bytes]:
        for part in answer:
            self.bytes += len(part)
            yield part


def _name_of(environ: "WSGIEnvironment") -> str:
    given = str(environ.get("HTTP_X_REQUEST_ID", ""))
    is_from_proxy = environ.get(DIRECT) != environ.get("REMOTE_ADDR")
    return given if is_from_proxy and _ID.fullmatch(given) else secrets.token_hex(_ID_BYTES)
