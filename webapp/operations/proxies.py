"""Whom a request comes from where a proxy hands it on."""

from collections.abc import Iterable
from collections.abc import Sequence
from ipaddress import IPv4Address
from ipaddress import IPv4Network
from ipaddress import IPv6Address
from ipaddress import IPv6Network
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

DIRECT = "perfledger.direct_address"
"""Where an environment says whom the connection is from, whatever its headers say."""

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


class TrustedProxies:
    """Takes the client's address, scheme and host from what trusted proxies say, and from no other.

    Each proxy adds the address it saw to the end of ``X-Forwarded-For``; the client is the last one
    that is no proxy of ours. What stands before it, anybody may have written. Of scheme and host,
    the last word is that of the nearest proxy.

    Args:
        application: answers.
        trusted: networks of the proxies.
    """

    def __init__(
        self, application: "WSGIApplication", trusted: Sequence[IPv4Network | IPv6Network]
    ) -> None:
        self._application = application
        self._trusted = trusted

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        direct = str(environ.get("REMOTE_ADDR", ""))
        environ[DIRECT] = direct
        if self._is_trusted(direct):
            self._believe(environ, direct)
        return self._application(environ, start_response)

    def _believe(self, environ: "WSGIEnvironment", direct: str) -> None:
        said = [_last_parts(environ, name) for name in FORWARDED]
        environ["REMOTE_ADDR"] = self._client(said[0], direct)
        if said[1] and said[1][-1] in {"http", "https"}:
            environ["wsgi.url_scheme"] = said[1][-1]
        if said[2]:
            environ["HTTP_HOST"] = said[2][-1]

    def _client(self, addresses: Sequence[str], direct: str) -> str:
        client = direct
        for each in reversed(addresses):
            if _address(each) is None:
                return client
            client = each
            if not self._is_trusted(each):
                return client
        return client

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _last_parts(environ: "WSGIEnvironment", name: str) -> list[str]:
    return [part for part in map(str.strip, str(environ.get(name, "")).split(",")) if part]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
