"""How often one address may ask: for what nodes give each other, through the API, and by forms.

It is counted over all processes of a node (`webapp.counting`): a limit is the same whichever
of them answers.
"""

import time
from collections.abc import Callable
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from ipaddress import IPv6Network
from ipaddress import ip_address
from math import ceil
from pathlib import Path

from flask import Blueprint
from flask import Flask
from flask import Response
from flask import request
from flask_limiter import Limiter
from flask_limiter import RequestLimit

from ledger.errors import PerfledgerError
from webapp import accounts
from webapp import gateway
from webapp import peering
from webapp import routing
from webapp.api.bearer import contributing_account
from webapp.counting import storage_of
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


def init_app(
    app: Flask,
    *,
    api: Blueprint | None = None,
    forms: Iterable[Blueprint] = (),
    costly: Iterable[Blueprint] = (),
    shared: Path | None = None,
) -> None:
    """Count what each address asks for.

    Args:
        app: what is asked.
        api: the JSON API, where the app has one.
        forms: pages with forms, which count as the API's writes do.
        costly: pages that compute what they show, which count as the API's reads do.
        shared: the file by which several processes count together; None: there is but this one.
    """
    uri, options = storage_of(shared)
    limiter = Limiter(
        _address,
        app=app,
        storage_uri=uri,
        storage_options=options,
        strategy="fixed-window",
        swallow_errors=True,  # a disk that is full is no reason to answer nobody
    )
    limit = limiter.shared_limit(
        _per_minute(lambda: node().settings.serve_requests_per_minute),
        scope="serving",
        on_breach=_refuse_as_text,
    )
    for family in (gateway, routing, peering):
        limit(family.blueprint)
    if api is not None:
        _limit_api(app, limiter, api, forms, costly)
        sign_ins = limiter.shared_limit(SIGN_INS, scope="sign-in", on_breach=_refuse_as_problem)
        sign_ins(accounts.signing_in)


def _limit_api(
    app: Flask,
    limiter: Limiter,
    api: Blueprint,
    forms: Iterable[Blueprint],
    costly: Iterable[Blueprint],
) -> None:
    """Count reads and writes apart, and tell with each answer of the API what is left.

    Source: draft-ietf-httpapi-ratelimit-headers-10.
    """
    reads = limiter.shared_limit(
        _per_minute(lambda: node().settings.api_reads_per_minute),
        scope=_READS,
        methods=sorted(SAFE_METHODS),
        on_breach=_refuse_as_problem,
        exempt_when=lambda: request.endpoint == _HEALTH,
    )
    for family in (api, *costly):
        reads(family)
    writes = limiter.shared_limit(
        _per_minute(_writes),
        scope=_WRITES,
        key_func=_writer,
        methods=list(_CHANGING),
        on_breach=_refuse_as_problem,
    )
    for family in (api, *forms):
        writes(family)

    def tell(response: Response) -> Response:
        current = limiter.current_limit
        if current is not None and request.blueprint == api.name:
            with suppress(PerfledgerError):  # what cannot be counted cannot be told
                _tell(response, current)
        return response

    app.after_request(tell)


def _tell(response: Response, current: RequestLimit) -> None:
    name = _READS if request.method in SAFE_METHODS else _WRITES
    left = max(0, current.remaining)
    response.headers["RateLimit-Policy"] = f'"{name}";q={current.limit.amount};w={_WINDOW_SECONDS}'
    response.headers["RateLimit"] = f'"{name}";r={left};t={_wait(current)}'


def _writes() -> int:
    settings = node().settings
    if contributing_account() is None:
        return settings.api_writes_per_minute
    return settings.api_token_writes_per_minute


def _writer() -> str:
    """Whose writes they are: an account's that the operator trusts with more, or an address's."""
    return contributing_account() or _address()


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
