"""What a node answers its peers, who may be anybody."""

import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from ledger.errors import InvalidInputError
from ledger.peers.addresses import is_origin
from ledger.peers.book import Book
from ledger.peers.messages import Holdings
from ledger.peers.messages import Said
from ledger.peers.sources import ANSWER_BYTES
from ledger.peers.sources import BLOCKS_AT_ONCE
from ledger.peers.visiting import Visitor
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.record.cid import to_text
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import CorruptBlockError

NEWS_SECONDS = 1.0
"""Between two looks at the chain because somebody says that there is something new."""

HOLDINGS_AT_ONCE = 10_000
HINTED_AT_ONCE = 1_000
_PEERS_TOLD = 100


class NotAPeerError(InvalidInputError):
    """What was told is no address of a node, or no list of roots."""


Withheld = Callable[[Sequence[Digest]], set[Digest]]


class Answers:
    """Answers peers.

    Args:
        book: what is known of them, and what is kept here.
        store: the local store.
        said: what this node says of itself.
        visitor: visits peers of which there is news.
        wake: says that the chain should be looked at.
        withheld: those of some blocks that are nobody else's business yet.
    """

    def __init__(
        self,
        book: Book,
        store: BlockStore,
        *,
        said: Callable[[], Said],
        visitor: Visitor,
        wake: Callable[[], None],
        withheld: Withheld,
    ) -> None:
        self._book = book
        self._store = store
        self._visitor = visitor
        self._wake = wake
        self._withheld = withheld
        self._next_news = 0.0
        self.said = said

    def holdings(self, after: int) -> Holdings:
        """What is whole here, and what was dropped, since a place in the list."""
        rows, newest = self._book.kept.changes(after, HOLDINGS_AT_ONCE)
        return Holdings(
            list=self._book.kept.name,
            held=[to_text(digest) for _, digest, held in rows if held],
            dropped=[to_text(digest) for _, digest, held in rows if not held],
            cursor=rows[-1][0] if rows else newest,
            newest=newest,
        )

    def meet(self, url: str | None) -> list[str]:
        """Hear of a node, which is visited before it is believed; returns nodes that answer.

        Raises:
            NotAPeerError: it is no address of a node.
        """
        if url is not None:
            _require_origin(url)
            self._book.peers.introduce([url])
        return [
            peer.url
            for peer in self._book.peers.believed()
            if peer.last_seen is not None and peer.url != url
        ][:_PEERS_TOLD]

    def hear(self, url: str, roots: Sequence[str]) -> None:
        """Hear that a node holds DAGs. It is only heard: what it holds, it is asked itself.

        Anybody may say anything here, as often as he likes. The chain is therefore looked at for it
        only if something is missing, or was not heard of before, and then once a second at most.

        Raises:
            NotAPeerError: it is no address of a node.
            InvalidCIDError: a root is none.
        """
        _require_origin(url)
        if len(roots) > HINTED_AT_ONCE:
            raise NotAPeerError(f"at most {HINTED_AT_ONCE:,} roots are told at once")
        digests = [from_text(root) for root in roots]
        self._book.peers.introduce([url])
        news = self._book.holdings.heard(url, digests)
        if not news:
            return
        self._visitor.soon(url)
        self._book.wants.hurry(news)
        now = time.monotonic()
        if now >= self._next_news and not set(news) <= self._book.kept.all():
            self._next_news = now + NEWS_SECONDS
            self._wake()

    def blocks(self, cids: Sequence[str]) -> Iterator[Block]:
        """Those of the blocks that are here; damaged ones are not.

        Raises:
            InvalidInputError: too many, or one is no CID of the ledger; before the first block.
        """
        if len(cids) > BLOCKS_AT_ONCE:
            raise InvalidInputError(
                f"{len(cids):,} blocks were asked for", hint=f"Ask for at most {BLOCKS_AT_ONCE:,}."
            )
        return self._blocks(list(dict.fromkeys(from_text(cid) for cid in cids)))

    def _blocks(self, wanted: Sequence[Digest]) -> Iterator[Block]:
        """As many of them as fit into an answer; what is left out is asked for again."""
        absent = self._withheld(wanted).union(self._store.missing(wanted))
        given = 0
        for digest in wanted:
            if digest in absent or given >= ANSWER_BYTES:
                continue
            try:
                data = self._store.get(digest)
            except BlockNotFoundError:
                continue  # dropped meanwhile
            except CorruptBlockError:
                self._book.checks.damaged(digest)
                continue
            given += len(data)
            yield digest, data


def _require_origin(url: str) -> None:
    if not is_origin(url):
        raise NotAPeerError(
            f"{url[:100]!r} is no address of a node", hint="Write http://host:port or https://host."
        )
