"""How often one address may ask for what nodes give each other."""

import time
from http import HTTPStatus
from ipaddress import IPv6Network
from ipaddress import ip_address
from math import ceil

from flask import Flask
from flask import Response
from flask import request
from flask_limiter import Limiter
from flask_limiter import RequestLimit

from webapp import gateway
from webapp import peering
from webapp import routing
from webapp.gateway import answers
from webapp.operations.metrics import REFUSALS
from webapp.serving import node

_SCOPE = "serving"
_WINDOW_SECONDS = 60
_IPV6_BITS = 64
"""What one customer of a provider has; within it he takes a new address whenever he wants."""


def init_app(app: Flask) -> None:
    """Count what each address asks for, in memory: each process counts for itself."""
    limiter = Limiter(_address, app=app, storage_uri="memory://", strategy="fixed-window")
    limit = limiter.shared_limit(
        lambda: f"{node().settings.serve_requests_per_minute} per minute",
        scope=_SCOPE,
        on_breach=_refuse,
    )
    for family in (gateway, routing, peering):
        limit(family.blueprint)


def _refuse(reached: RequestLimit) -> Response:
    REFUSALS.inc()
    wait = min(_WINDOW_SECONDS, max(1, ceil(reached.reset_at - time.time())))
    answer = answers.text(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"more than {reached.limit} from one address\nAsk again in {wait} s, or ask another node.",
    )
    answer.headers["Retry-After"] = str(wait)
    return answer


def _address() -> str:
    """Who asks, as far as the connection tells."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if address.version == 4:  # noqa: PLR2004 - of IP
        return str(address)
    return str(IPv6Network((int(address), _IPV6_BITS), strict=False))
