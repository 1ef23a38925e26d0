"""Headers and cookies that keep other sites out."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask
from flask import Request
from flask import Response
from flask import request
from flask.sessions import SecureCookieSessionInterface

_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def content_security_policy(changed: Mapping[str, str] | None = None) -> str:
    """The policy of every page, but for the directives that one page needs otherwise."""
    sources = {**_SOURCES, **(changed or {})}
    return "; ".join(f"{name} {source}" for name, source in sources.items())


CONTENT_SECURITY_POLICY = content_security_policy()
"""No inline script or style at all; plotly finds its style sheet among ours (see charts.css)."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CookieSession(SecureCookieSessionInterface):
    """A session cookie that is ``Secure`` wherever it came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Not a constant: the app is served as plain HTTP on loopback and as TLS by a proxy."""
        del app
        return request.is_secure


def init_app(app: Flask) -> None:
    """Send the headers with every answer."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """The headers, where a view has not set its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-cache")
        response.vary.add("Cookie")
    return response


def is_cross_origin(incoming: Request) -> bool:
    """Whether another site's page made a browser send a request that changes something.

    The API takes no CSRF token, as its clients are programs; browsers say where they come from.
    Source: Fetch Metadata (W3C), and the ``Origin`` header (RFC 6454) for older browsers.
    """
    if incoming.method in SAFE_METHODS:
        return False
    if site := incoming.headers.get("Sec-Fetch-Site"):
        return site not in {"same-origin", "none"}
    origin = incoming.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != incoming.host
