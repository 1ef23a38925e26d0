"""Asking a delegated routing service who provides a block.

Source: https://specs.ipfs.tech/routing/http-routing-v1/.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ledger.peers.http import Web
from ledger.peers.multiaddress import UnknownAddressError
from ledger.peers.multiaddress import url_of
from ledger.record.cid import Digest
from ledger.record.cid import to_text

_MOST_PROVIDERS = 100
_GATEWAY_PROTOCOL = "transport-ipfs-gateway-http"
_MOST_ADDRESSES = 20


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
    for address in addresses[:_MOST_ADDRESSES] if isinstance(addresses, list) else ():
        with suppress(UnknownAddressError):
            yield url_of(str(address))
