"""Asking a delegated routing service who provides a block.

Source: https://specs.ipfs.tech/routing/http-routing-v1/.
"""

from collections.abc import Iterator
from typing import Any

from ledger.peers.http import Web
from ledger.record.cid import Digest
from ledger.record.cid import to_text

_MOST_PROVIDERS = 100
_GATEWAY_PROTOCOL = "transport-ipfs-gateway-http"
_DNS = frozenset({"dns", "dns4", "dns6"})
_IP = frozenset({"ip4", "ip6"})


class DelegatedRouter:
    """A routing service.

    Args:
        web: how it and what it names is reached.
        url: its address, without ``/routing``.
    """

    def __init__(self, web: Web, url: str) -> None:
        self.url = url.rstrip("/")
        self._web = web

    def providers(self, digest: Digest) -> Iterator[str]:
        """URLs of trustless gateways that are said to have a block.

        Raises:
            PerfledgerError: the service does not answer, or not with what it should.
        """
        answer = self._web.json(
            "GET",
            f"{self.url}/routing/v1/providers/{to_text(digest)}",
            params={"filter-protocols": _GATEWAY_PROTOCOL},
        )
        records = answer.get("Providers") if isinstance(answer, dict) else None
        for record in records[:_MOST_PROVIDERS] if isinstance(records, list) else ():
            yield from urls_of(record)


def urls_of(record: Any) -> Iterator[str]:
    """The HTTP addresses in a provider record; what is malformed in it is left out."""
    if not isinstance(record, dict) or record.get("Schema") not in {"peer", "bitswap"}:
        return
    addresses = record.get("Addrs")
    for address in addresses if isinstance(addresses, list) else ():
        url = url_of(address)
        if url is not None:
            yield url


def url_of(multiaddr: object) -> str | None:
    """The URL that a multiaddr stands for; None where it is none of HTTP.

    Source: https://github.com/multiformats/multiaddr (``/ip4/…/tcp/…/http``, ``/dns/…/tcp/…/tls/
    http``, ``…/https``).
    """
    if not isinstance(multiaddr, str) or len(multiaddr) > 500:  # noqa: PLR2004 - far beyond any
        return None
    parts = multiaddr.split("/")
    if len(parts) < 6 or parts[0] or parts[3] != "tcp" or not parts[4].isdecimal():  # noqa: PLR2004
        return None
    kind, host, port, rest = parts[1], parts[2], parts[4], parts[5:]
    if rest[0] == "https" or rest[:2] == ["tls", "http"]:
        scheme = "https"
    elif rest[0] == "http":
        scheme = "http"
    else:
        return None
    if kind == "ip6":
        return f"{scheme}://[{host}]:{port}"
    return f"{scheme}://{host}:{port}" if kind in _DNS | _IP else None
