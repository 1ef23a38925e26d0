"""Which web pages may ask the development chain, and what a browser has to be told for it.

The verify page compares with a chain endpoint of the visitor's choice, and on a development chain
that is this one. Pages of this machine may read; whatever changes the chain is for programs, as the
keys are known to everybody, and pages from elsewhere get nothing, not even by a rebound name.

Source: Fetch (WHATWG), "CORS protocol"; RFC 6454, the ``Origin`` header.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_KEPT_SECONDS = 600


def is_of_this_machine(origin: str) -> bool:
    """Whether a page of that origin was served on a loopback address."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def permission(origin: str) -> Mapping[str, str]:
    """The headers by which a browser lets a page of that origin read an answer."""
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def preflight(origin: str) -> Mapping[str, str]:
    """The headers by which a browser lets a page of that origin ask at all."""
    return {
        **permission(origin),
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "content-type",
        "Access-Control-Max-Age": str(_KEPT_SECONDS),
    }
