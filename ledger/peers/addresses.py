"""Which addresses a node may be made to connect to.

Where peers are is told by other peers, by routing services and by manifests: by anyone. A node that
followed such hints blindly would send requests into its operator's own network (server-side request
forgery). Names are therefore resolved here, once, and the connection goes to the very address that
was looked at, so that a name cannot point elsewhere a moment later.

Source: RFC 6890 (special-purpose addresses), OWASP "Server-Side Request Forgery Prevention".
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ledger.errors import SettingsError
from ledger.errors import UnavailableError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_ORIGIN = 300

_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(
    r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?"
)

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses inside IPv6 ones (RFC 6052); they reach what the inner address reaches."""

_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is global unicast (IANA, RFC 4291). Beyond it are loopback, link-local and site-local
addresses, and IPv4 addresses in forms long out of use."""

_SPECIAL = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("3fff::/20"))
"""What Python's older releases take for global (IANA's registries of special-purpose addresses)."""


class ForbiddenAddressError(UnavailableError):
    """A host leads to an address that the operator did not allow."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(
            f"{host} is at {address}, which this node may not connect to",
            hint="Private addresses are for peers that you name yourself (PERFLEDGER_PEERS) or "
            "whose networks you allow (PERFLEDGER_PEER_NETWORKS).",
        )


def networks(text: str) -> tuple[Network, ...]:
    """The networks in a comma-separated list.

    Raises:
        SettingsError: one is none.
    """
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError as error:
        raise SettingsError(
            f"peer_networks: {error}", hint="Write networks like 10.0.0.0/8,192.168.1.0/24."
        ) from error


class AddressPolicy:
    """What may be connected to: public addresses, hosts the operator named, networks he allowed.

    Args:
        named: URLs from the settings.
        allowed: networks besides the public ones.
    """

    def __init__(self, named: Iterable[str] = (), allowed: Iterable[Network] = ()) -> None:
        self._named = {host_and_port(url) for url in named}
        self._allowed = tuple(allowed)

    def resolve(self, host: str, port: int) -> Iterator[tuple[Any, ...]]:
        """What `socket.getaddrinfo` says of a host, of addresses that may be connected to.

        Raises:
            ForbiddenAddressError: it has only others.
            OSError: the name leads nowhere.
        """
        refused = ""
        found = False
        named = (host.casefold(), port) in self._named
        for info in _look_up(host, port):
            if named or self._permits(str(info[4][0])):
                found = True
                yield info
            else:
                refused = str(info[4][0])
        if not found:
            raise ForbiddenAddressError(host, refused)

    def _permits(self, text: str) -> bool:
        address = _inner(ipaddress.ip_address(text.partition("%")[0]))
        return _is_public(address) or any(address in network for network in self._allowed)


def host_and_port(url: str) -> tuple[str, int]:
    """Where a URL leads.

    Raises:
        SettingsError: it is no HTTP URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(
            f"{url[:200]!r} is no URL: {error}",
            hint="Write it as http://host:port or https://host.",
        ) from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise SettingsError(
            f"{url[:200]!r} is no HTTP URL", hint="Write it as http://host:port or https://host."
        )
    return parts.hostname.casefold(), port or _PORTS[parts.scheme]


def is_origin(url: str) -> bool:
    """Whether a text is scheme, host and port of an HTTP server, and nothing else.

    It has one form only, in lower case and ASCII, so that one node is not taken for many.
    """
    if len(url) > MAX_ORIGIN or not _ORIGIN.fullmatch(url):
        return False
    try:
        host_and_port(url)
    except SettingsError:
        return False
    return True


def _look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    try:
        return [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:  # a part of the name is empty, or too long for DNS
        raise OSError(f"no name of a host: {error}") from error


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    special = any(address in network for network in _SPECIAL)
    return address.is_global and not address.is_multicast and not special


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
