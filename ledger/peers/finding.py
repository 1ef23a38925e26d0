"""Who may have a DAG, the most promising first."""

import random
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from ledger.errors import PerfledgerError
from ledger.peers.addresses import is_origin
from ledger.peers.book import Book
from ledger.peers.http import Web
from ledger.peers.routing import DelegatedRouter
from ledger.peers.sources import Gateway
from ledger.peers.sources import Peer
from ledger.peers.sources import Source
from ledger.record.cid import Digest

_ASKED = 12
"""Peers that are asked for one DAG; others follow in the next attempt, in another order."""

_UNPROVEN = 3
"""Of them, those that only a manifest names, and those of which nothing but a claim is known. Both
cost whoever makes them up nothing, and each may cost a fetch some seconds."""


class Finder:
    """Finds sources.

    Args:
        book: what is known of peers.
        web: how they are reached.
        gateways: URLs of trustless gateways.
        routers: URLs of delegated routing services.
        hints: URLs that a manifest names, if it is here.
        shuffled: peers in the order in which they are asked; peers that all asked the same one
            first would ask too much of it.
    """

    def __init__(
        self,
        book: Book,
        web: Web,
        *,
        gateways: Iterable[str] = (),
        routers: Iterable[str] = (),
        hints: Callable[[Digest], Sequence[str]] = lambda _: (),
        shuffled: Callable[[Sequence[str]], Sequence[str]] | None = None,
    ) -> None:
        self._book = book
        self._web = web
        self._gateways = [Gateway(web, url) for url in gateways]
        self._routers = [DelegatedRouter(web, url) for url in routers]
        self._hints = hints
        self._shuffled = shuffled or (lambda urls: random.sample(urls, len(urls)))

    def sources(self, digest: Digest, *, others: int = _ASKED) -> list[Source]:
        """Peers that say they hold it, then those that may, then gateways, then what routing says.

        Routing services are asked only where no peer says that it holds it.

        Args:
            digest: what is looked for.
            others: peers that may be asked besides those that say they hold it.
        """
        able = {peer.url: peer for peer in self._book.peers.believed()}
        claimants = [url for url in self._book.holdings.holders(digest) if url in able]
        holders = [url for url in claimants if able[url].last_seen is not None]
        unseen = [url for url in claimants if able[url].last_seen is None]
        hinted = [
            url for url in self._hints(digest) if is_origin(url) and self._book.peers.may_ask(url)
        ]
        named = [url for url, peer in able.items() if peer.named]
        seen = [url for url, peer in able.items() if peer.last_seen is not None]
        order = dict.fromkeys(self._shuffled(holders))
        for urls in (hinted, unseen):
            order |= dict.fromkeys(self._shuffled(urls)[:_UNPROVEN])
        for urls in (named, seen, list(able)):
            order |= dict.fromkeys(self._shuffled(urls))
        most = min(len(holders) + others, _ASKED)
        found: dict[str, Source] = {url: Peer(self._web, url) for url in list(order)[:most]}
        found |= {
            gateway.url: gateway
            for gateway in self._gateways
            if self._book.peers.may_ask(gateway.url)
        }
        if not holders:
            found |= {
                url: Gateway(self._web, url)
                for url in self._routed(digest)
                if url not in found and self._book.peers.may_ask(url)
            }
        return list(found.values())

    def _routed(self, digest: Digest) -> Iterator[str]:
        for router in self._routers:
            try:
                yield from router.providers(digest)
            except PerfledgerError as error:
                self._book.peers.failed(router.url, error.message)
