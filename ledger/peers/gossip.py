"""Telling peers what is here, at once and to a few; they tell it on once they have it."""

import random
from collections.abc import Callable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ledger.errors import UnavailableError
from ledger.peers.book import Book
from ledger.peers.http import Web
from ledger.record.cid import Digest
from ledger.record.cid import to_text

FAN_OUT = 6
"""Peers that are told; with each telling as many, a thousand know after four rounds."""

_AT_ONCE = 1_000
_SECONDS = 10.0


class Gossip:
    """Tells peers.

    Args:
        book: who they are.
        web: how they are reached.
        own_url: where this node is reached; says nothing while it is not known.
    """

    def __init__(self, book: Book, web: Web, own_url: Callable[[], str | None]) -> None:
        self._book = book
        self._web = web
        self._own_url = own_url
        self._pool = ThreadPoolExecutor(FAN_OUT, thread_name_prefix="gossip")

    def close(self) -> None:
        """Say no more."""
        self._pool.shutdown(cancel_futures=True)

    def tell(self, digests: Sequence[Digest]) -> None:
        """Tell a few peers, in the background, that these DAGs are whole here.

        Who is not told, or does not hear it, learns it from the list of holdings.
        """
        own = self._own_url()
        if own is None:
            return
        believed = [peer.url for peer in self._book.peers.believed()]
        for url in random.sample(believed, min(FAN_OUT, len(believed))):
            for start in range(0, len(digests), _AT_ONCE):
                part = digests[start : start + _AT_ONCE]
                self._pool.submit(partial(self._tell, url, own, part))

    def _tell(self, url: str, own: str, digests: Sequence[Digest]) -> None:
        told = {"url": own, "roots": [to_text(digest) for digest in digests]}
        try:
            self._web.json("POST", f"{url}/peers/v1/have", json=told, seconds=_SECONDS)
        except UnavailableError as error:
            if not self._web.is_closed:
                self._book.peers.failed(url, error.message)
