"""Which ``Host`` headers are served.

Flask's own ``TRUSTED_HOSTS`` cannot name an IPv6 address (werkzeug 3.1 cuts it at its first colon).
"""

from collections.abc import Iterable
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask
from flask import Response
from flask import request

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def init_app(app: Flask, app_host: str, public: Iterable[str] = ()) -> None:
    """Refuse requests under other names than the app's, before anything else looks at them.

    Args:
        app: the app.
        app_host: where it listens.
        public: URLs under which a proxy serves it.
    """
    served = allowed(app_host, public)

    def refuse_others() -> Response | None:
        if served is None or name_of(request.host) in served:
            return None
        return Response(
            "This app is served on loopback only and was asked for under another name.\n"
            "Open it as http://localhost or http://127.0.0.1 with its port.\n",
            HTTPStatus.BAD_REQUEST,
            mimetype="text/plain",
        )

    app.before_request(refuse_others)


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def allowed(app_host: str, public: Iterable[str] = ()) -> frozenset[str] | None:
    """The names under which the app may be asked for; None where a proxy decides.

    A web page could otherwise point its own name at this machine and have the visitor's browser
    read from, and write to, an app that listens on loopback (DNS rebinding).
    """
    if not is_loopback(app_host):
        return None
    bare = app_host.strip("[]")
    proxied = {name_of(urlsplit(url).netloc) for url in public}
    return LOOPBACK_NAMES | proxied | {f"[{bare}]" if ":" in bare else bare}


def name_of(host: str) -> str:
    """A ``Host`` header without its port."""
    if host.endswith("]"):
        return host.lower()
    name, colon, _ = host.rpartition(":")
    return (name if colon else host).lower()
