"""Asking a delegated routing service who provides a block.

Source: https://specs.ipfs.tech/routing/http-routing-v1/.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ledger.peers import multiaddress
from ledger.peers.addresses import is_origin
from ledger.peers.http import Web
from ledger.peers.multiaddress import UnknownAddressError
from ledger.record.cid import Digest
from ledger.record.cid import to_text

_MOST_PROVIDERS = 100
_MOST_URLS = 8
_GATEWAY_PROTOCOL = "transport-ipfs-gateway-http"


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
        """URLs of trustless gateways that are said to have a block, a few of them.

        Raises:
            PerfledgerError: the service does not answer, or not with what it should.
        """
        answer = self._web.json(
            "GET",
            f"{self.url}/routing/v1/providers/{to_text(digest)}",
            params={"filter-protocols": _GATEWAY_PROTOCOL},
        )
        records = answer.get("Providers") if isinstance(answer, dict) else None
        listed = records[:_MOST_PROVIDERS] if isinstance(records, list) else ()
        yield from islice((url for record in listed for url in urls_of(record)), _MOST_URLS)


def urls_of(record: Any) -> Iterator[str]:
    """The HTTP addresses in a provider record; what is malformed in it is left out."""
    if not isinstance(record, dict) or record.get("Schema") not in {"peer", "bitswap"}:
        return
    addresses = record.get("Addrs")
    for address in addresses if isinstance(addresses, list) else ():
        url = url_of(address)
        if url is not None:
            yield url


def url_of(address: object) -> str | None:
    """The URL that a multiaddress stands for; None where it is none of an HTTP server."""
    if not isinstance(address, str):
        return None
    try:
        url = multiaddress.url_of(address)
    except UnknownAddressError:
        return None
    return url if is_origin(url) else None
