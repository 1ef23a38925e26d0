"""A node among its peers: what it asks of them, and what it answers them."""

import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from ledger.anchor.manifest import hints_of
from ledger.errors import InvalidInputError
from ledger.index.database import Index
from ledger.ipld.cid import CID
from ledger.peers.addresses import AddressPolicy
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.answering import Answers
from ledger.peers.answering import Withheld
from ledger.peers.audit import Challenger
from ledger.peers.book import Book
from ledger.peers.book import PeerRow
from ledger.peers.book.peers import GATEWAY
from ledger.peers.book.peers import PEER
from ledger.peers.book.peers import ROUTER
from ledger.peers.finding import Finder
from ledger.peers.gossip import Gossip
from ledger.peers.http import Web
from ledger.peers.http import origin
from ledger.peers.keeping import Keeper
from ledger.peers.messages import Said
from ledger.peers.multiaddress import multiaddress_of
from ledger.peers.peer_id import PeerID
from ledger.peers.plan import PeeringPlan
from ledger.peers.remote import Remote
from ledger.peers.replicator import Replicator
from ledger.peers.scrubbing import Scrubber
from ledger.peers.traffic import HEADER
from ledger.peers.traffic import Traffic
from ledger.peers.traffic import introduction
from ledger.peers.visiting import Visitor
from ledger.record.cid import Digest
from ledger.serving.providers import ProviderRecord
from ledger.store.blocks import BlockStore

LOOK_SECONDS = 20.0
"""Between two looks at what this node and one of its peers hold."""


class Peering:
    """The parts of a peer; close it when done.

    Attributes:
        book: what is known of peers, of what is missing, and of what is kept.
        traffic: counts what goes to and fro.

    Args:
        plan: what the operator decided.
        path: of the file about peers.
        index: what the chain says.
        store: the local block store.
        peer_id: of this node.
        ledger: names the ledger.
        own: digests of the manifests that this node published.
        withheld: those of some blocks that are drafts, and not given to peers.
        clock: gives Unix time.
    """

    def __init__(
        self,
        plan: PeeringPlan,
        *,
        path: Path,
        index: Index,
        store: BlockStore,
        peer_id: str,
        ledger: str,
        own: Callable[[], set[Digest]],
        withheld: Withheld,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.plan = plan
        self.peer_id = peer_id
        self.ledger = ledger
        self.store = store
        self._own = own
        self._withheld = withheld
        self._url = plan.public_url
        self._clock = clock
        self._next_look = time.monotonic() + LOOK_SECONDS
        self.book = Book(path, clock)
        self.dags = AnchoredDAGs(index)
        named = {PEER: plan.peers, GATEWAY: plan.gateways, ROUTER: plan.routers}
        for kind, urls in named.items():
            self.book.peers.name(kind, urls)
        policy = AddressPolicy([url for urls in named.values() for url in urls], plan.networks)
        self.traffic = Traffic(self.book)
        self._strangers = frozenset(map(origin, (*plan.gateways, *plan.routers)))
        self.web = Web(
            policy,
            agent=f"perfledger/{version('perfledger')}",
            introduce=self._introduction,
            received=self.traffic.received,
        )
        self.finder = Finder(
            self.book,
            self.web,
            gateways=plan.gateways,
            routers=plan.routers,
            hints=lambda root: hints_of(store, root),
        )
        self.remote = Remote(self.book, self.finder.sources)

    def stop(self) -> None:
        """Break off requests that are under way, so that nobody waits for a slow peer."""
        if "replicator" in self.__dict__:
            self.replicator.stop()
        self.web.close()

    def close(self) -> None:
        """Give up what is under way, and close the file."""
        self.stop()
        for part in ("replicator", "gossip", "visitor"):
            if part in self.__dict__:
                getattr(self, part).close()
        try:
            self.traffic.flush()
        finally:
            self.book.close()

    # The parts that work

    @cached_property
    def gossip(self) -> Gossip:
        """Tells peers what is here."""
        return Gossip(self.book, self.web, self.own_url)

    @cached_property
    def replicator(self) -> Replicator:
        """Fetches what is missing."""
        return Replicator(
            dags=self.dags,
            book=self.book,
            store=self.store,
            policy=self.plan.keep,
            finder=self.finder,
            gossip=self.gossip,
        )

    @cached_property
    def visitor(self) -> Visitor:
        """Keeps up with peers."""
        return Visitor(
            self.book,
            self.web,
            peer_id=self.peer_id,
            ledger=self.ledger,
            own_url=self.own_url,
            anchored=self.dags.count,
        )

    @cached_property
    def answers(self) -> Answers:
        """Answers what peers ask."""
        return Answers(
            self.book,
            self.store,
            said=self.said,
            visitor=self.visitor,
            wake=self.replicator.wake,
            withheld=self._withheld,
        )

    @cached_property
    def keeper(self) -> Keeper:
        """Drops what should go."""
        return Keeper(
            dags=self.dags,
            book=self.book,
            store=self.store,
            policy=self.plan.keep,
            budget=self.plan.budget,
            own=self._own,
        )

    @cached_property
    def scrubber(self) -> Scrubber:
        """Looks at the blocks here."""
        return Scrubber(self.dags, self.book, self.store, self.remote)

    @cached_property
    def challenger(self) -> Challenger:
        """Looks at what peers hold."""
        return Challenger(dags=self.dags, book=self.book, store=self.store, web=self.web)

    def keep_up(self) -> None:
        """Visit who is due, drop what should go, and look at what is held, now and then."""
        self.visitor.step()
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self.traffic.flush()
            self.keeper.step()
            self.scrubber.step()
            self.challenger.step()

    # Where this node is

    def own_url(self) -> str | None:
        """Where others reach this node; None while nobody can."""
        return self._url

    def listening_at(self, url: str) -> None:
        """Note where this node listens; others are told so, unless the operator said otherwise."""
        self._url = self.plan.public_url or url

    # Who has what

    def providers(self, cid: CID) -> Iterator[ProviderRecord]:
        """Peers that say they hold the DAG of a root."""
        holders = set() if cid.sha256 is None else set(self.book.holdings.on(cid.sha256))
        yield from self._records(peer for peer in self._known() if peer.url in holders)

    def peers_named(self, peer_id: PeerID) -> Iterator[ProviderRecord]:
        """Where a peer is."""
        yield from self._records(peer for peer in self._known() if peer.peer_id == str(peer_id))

    @staticmethod
    def _records(peers: Iterable[PeerRow]) -> Iterator[ProviderRecord]:
        for peer in peers:
            with suppress(InvalidInputError):  # its name is its own word
                yield ProviderRecord(PeerID.parse(peer.peer_id), (multiaddress_of(peer.url),))

    def _known(self) -> list[PeerRow]:
        now = self._clock()
        return [peer for peer in self.book.peers.believed() if peer.is_here(now) and peer.peer_id]

    def _introduction(self, host: str) -> dict[str, str]:
        """Who asks, for nodes of the ledger; gateways and routing services need not know."""
        if host in self._strangers:
            return {}
        return {HEADER: introduction(self.peer_id, self._url)}

    def said(self) -> Said:
        """What this node says of itself."""
        return Said(
            peer_id=self.peer_id,
            ledger=self.ledger,
            version=version("perfledger"),
            url=self.own_url(),
        )
