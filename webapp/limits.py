"""How often one address may ask: for what nodes give each other, and through the API."""

import time
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import IPv6Network
from ipaddress import ip_address
from math import ceil

from flask import Blueprint
from flask import Flask
from flask import Response
from flask import request
from flask_limiter import Limiter
from flask_limiter import RequestLimit

from webapp import accounts
from webapp import gateway
from webapp import peering
from webapp import routing
from webapp.gateway import answers
from webapp.operations.metrics import REFUSALS
from webapp.problems import problem
from webapp.security import SAFE_METHODS
from webapp.serving import node

_WINDOW_SECONDS = 60
_IPV6_BITS = 64
"""What one customer of a provider has; within it he takes a new address whenever he wants."""

SIGN_INS = "30 per minute"
"""Of one address; a sign-in takes two requests, and its signature a moment of CPU time."""

_READS = "reads"
_WRITES = "writes"
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")
_HEALTH = "api.healthz"


def init_app(app: Flask, *, api: Blueprint | None = None) -> None:
    """Count what each address asks for, in memory: each process counts for itself.

    Args:
        app: what is asked.
        api: the JSON API, where the app has one.
    """
    limiter = Limiter(_address, app=app, storage_uri="memory://", strategy="fixed-window")
    limit = limiter.shared_limit(
        _per_minute(lambda: node().settings.serve_requests_per_minute),
        scope="serving",
        on_breach=_refuse_as_text,
    )
    for family in (gateway, routing, peering):
        limit(family.blueprint)
    if api is not None:
        _limit_api(app, limiter, api)
        sign_ins = limiter.shared_limit(SIGN_INS, scope="sign-in", on_breach=_refuse_as_problem)
        sign_ins(accounts.signing_in)


def _limit_api(app: Flask, limiter: Limiter, api: Blueprint) -> None:
    """Count reads and writes apart, and tell with each answer what is left.

    Source: draft-ietf-httpapi-ratelimit-headers-10.
    """
    for scope, methods, most in (
        (_READS, sorted(SAFE_METHODS), lambda: node().settings.api_reads_per_minute),
        (_WRITES, _CHANGING, lambda: node().settings.api_writes_per_minute),
    ):
        limiter.shared_limit(
            _per_minute(most),
            scope=scope,
            methods=list(methods),
            on_breach=_refuse_as_problem,
            exempt_when=lambda: request.endpoint == _HEALTH,
        )(api)

    def tell(response: Response) -> Response:
        current = limiter.current_limit
        if current is not None and request.blueprint == api.name:
            name = _READS if request.method in SAFE_METHODS else _WRITES
            most = current.limit.amount
            response.headers["RateLimit-Policy"] = f'"{name}";q={most};w={_WINDOW_SECONDS}'
            left = max(0, current.remaining)
            response.headers["RateLimit"] = f'"{name}";r={left};t={_wait(current)}'
        return response

    app.after_request(tell)


def _per_minute(most: Callable[[], int]) -> Callable[[], str]:
    return lambda: f"{most()} per minute"


def _refuse_as_text(reached: RequestLimit) -> Response:
    REFUSALS.inc()
    wait = _wait(reached)
    answer = answers.text(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"more than {reached.limit} from one address\nAsk again in {wait} s, or ask another node.",
    )
    answer.headers["Retry-After"] = str(wait)
    return answer


def _refuse_as_problem(reached: RequestLimit) -> Response:
    REFUSALS.inc()
    wait = _wait(reached)
    answer = problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"more than {reached.limit} from one address",
        f"Ask again in {wait} s.",
    )
    answer.headers["Retry-After"] = str(wait)
    return answer


def _wait(reached: RequestLimit) -> int:
    """Seconds until the window ends."""
    return min(_WINDOW_SECONDS, max(1, ceil(reached.reset_at - time.time())))


def _address() -> str:
    """Who asks, as far as the connection tells."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if address.version == 4:  # noqa: PLR2004 - of IP
        return str(address)
    return str(IPv6Network((int(address), _IPV6_BITS), strict=False))
