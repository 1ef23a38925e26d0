"""Where a node serves: URLs, and the multiaddresses that other IPFS nodes write for them.

Source: https://github.com/multiformats/multiaddr, and
https://github.com/libp2p/specs/blob/master/http/transport-component.md (``/http``, ``/tls/http``).
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from multiaddr import Multiaddr
from multiaddr.exceptions import Error as MultiaddrError

from ledger.errors import InvalidInputError

_PORTS = {"http": 80, "https": 443}
_HOSTS = frozenset({"ip4", "ip6", "dns", "dns4", "dns6"})
_MAX_TEXT = 1024


class UnknownAddressError(InvalidInputError):
    """An address is not one of an HTTP server."""

    def __init__(self, given: str, reason: str) -> None:
        super().__init__(
            f"not the address of an HTTP server: {given[:80]!r} ({reason})",
            hint="Write https://node.example, or /dns4/node.example/tcp/443/tls/http.",
        )


def multiaddress_of(url: str) -> str:
    """The multiaddress of an ``http`` or ``https`` URL without a path.

    Raises:
        UnknownAddressError: another scheme, no host, or more than scheme, host and port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnknownAddressError(url, str(error)) from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise UnknownAddressError(url, "expected http:// or https:// and a host")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
        raise UnknownAddressError(url, "only scheme, host and port can be said")
    encrypted = "tls/" if parts.scheme == "https" else ""
    text = f"/{_host(parts.hostname)}/tcp/{port or _PORTS[parts.scheme]}/{encrypted}http"
    return str(_parsed(text))


def url_of(multiaddress: str) -> str:
    """The URL of a multiaddress of an HTTP server, without the port that its scheme implies.

    Raises:
        UnknownAddressError: not a multiaddress, or one of something else.
    """
    found = dict(_protocols(multiaddress))
    host = next((str(found[name]) for name in found if name in _HOSTS), None)
    encrypted = not found.keys().isdisjoint({"tls", "https"})
    if host is None or found.keys().isdisjoint({"http", "https"}) or "udp" in found:
        raise UnknownAddressError(multiaddress, "expected a host, a TCP port and /http")
    scheme = "https" if encrypted else "http"
    port = int(found.get("tcp") or _PORTS[scheme])
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port == _PORTS[scheme] else f":{port}")


def protocols_of(multiaddress: str) -> frozenset[str]:
    """The names of the protocols in a multiaddress; none if it is none."""
    try:
        return frozenset(name for name, _ in _protocols(multiaddress))
    except UnknownAddressError:
        return frozenset()


def _protocols(multiaddress: str) -> list[tuple[str, str | None]]:
    return [(protocol.name, value) for protocol, value in _parsed(multiaddress).items()]


def _parsed(text: str) -> Multiaddr:
    if len(text) > _MAX_TEXT:
        raise UnknownAddressError(text, f"longer than {_MAX_TEXT} characters")
    try:
        return Multiaddr(text)
    except (MultiaddrError, ValueError) as error:
        raise UnknownAddressError(text, str(error)) from error


def _host(name: str) -> str:
    try:
        address = ip_address(name)
    except ValueError:
        return f"dns/{name}"
    return f"ip{address.version}/{address.compressed}"
