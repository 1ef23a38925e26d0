"""A whole ledger of processes, and its end."""

import json
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Self

from bench.network import EmulatedNetwork
from bench.network.emulated import Between
from bench.network.regions import REGIONS
from bench.network.regions import conditions
from bench.network.regions import matrix
from bench.swarm import chain as chains
from bench.swarm.lying import LyingPeer
from bench.swarm.peer import Peer
from bench.swarm.publisher import Publisher
from bench.swarm.watch import Watch

CHAIN = "chain"
PUBLISHER = "publisher"
CHAIN_REGION = "chain"
HOME_REGION = REGIONS[0]
"""Of the publisher, and of the chain where it is far from others."""

LOOK_SECONDS = 0.1


def between(loss: float = 0.0, *, chain_is_near: bool = True) -> Between:
    """Conditions between regions, and to the chain.

    Args:
        loss: share of packets lost, each way.
        chain_is_near: whether each peer has an endpoint of the chain in its own region, as most
            operators do; else there is one for all, in the publisher's region.
    """
    made = matrix(loss)
    for region in REGIONS:
        there = HOME_REGION if not chain_is_near else region
        made[region, CHAIN_REGION] = made[CHAIN_REGION, region] = conditions(region, there, loss)
    made[CHAIN_REGION, CHAIN_REGION] = conditions(HOME_REGION, HOME_REGION, loss)
    return made


class Swarm:
    """A chain and a publisher in the first region, and peers in all of them, not started yet.

    Each peer is told of one other that was there before it, drawn at random; whom else there is it
    has to find out. The publisher's node is the first of them, and no different otherwise.

    Args:
        folder: of everything on disk.
        peers: how many besides the publisher's.
        loss: share of packets lost, each way.
        seed: of everything random.
        liars: how many of the peers lie about blocks, the first ones.
        options: further settings of every peer, by environment variable.

    Raises:
        NamespacesNeededError: namespaces may not be made here.
        AnvilNeededError: there is no chain to be had.
    """

    def __init__(
        self,
        folder: Path,
        peers: int,
        *,
        loss: float = 0.0,
        seed: int = 0,
        liars: int = 0,
        options: Mapping[str, str] | None = None,
    ) -> None:
        places = [(CHAIN, CHAIN_REGION), (PUBLISHER, HOME_REGION)]
        places += [(f"peer-{number}", REGIONS[number % len(REGIONS)]) for number in range(peers)]
        draw = Random(seed)
        with ExitStack() as opened:
            self.network = opened.enter_context(EmulatedNetwork(places, between(loss), seed))
            self.chain = chains.start(self.network.host(CHAIN), folder / CHAIN)
            home = folder / PUBLISHER / "home"
            host = self.network.host(PUBLISHER)
            self.publisher = opened.enter_context(Publisher(host, home, self.chain))
            self.serving = Peer(host, folder / PUBLISHER, self.chain, [], options)
            self.peers: list[Peer] = []
            for host in self.network.hosts[2:]:
                known = draw.choice([self.serving, *self.peers])
                kind = LyingPeer if len(self.peers) < liars else Peer
                peer = kind(host, folder / host.name, self.chain, [known.url], options)
                self.peers.append(peer)
            self.watch = Watch({peer.name: peer.index for peer in (self.serving, *self.peers)})
            opened.callback(self.watch.close)
            self._opened = opened.pop_all()

    def set_conditions(self, loss: float, *, chain_is_near: bool) -> None:
        """From now on, see `between`."""
        self.network.set_conditions(between(loss, chain_is_near=chain_is_near))

    def start(self, peers: Sequence[Peer], seconds: float) -> None:
        """Start peers and wait until each answers.

        Raises:
            PeerEndedError: one ended by itself.
            TimeoutError: one did not answer in time.
        """
        for peer in peers:
            peer.start()
        for peer in peers:
            peer.await_answer(seconds)

    def await_acquaintance(
        self, least: int, seconds: float, progress: Callable[[int], None] = lambda _: None
    ) -> int:
        """Wait until every peer knows so many others; returns how many the loneliest knows."""
        deadline = time.monotonic() + seconds
        while True:
            known = [peer.known_peers() for peer in (self.serving, *self.peers)]
            progress(min(known))
            if min(known) >= least or time.monotonic() > deadline:
                return min(known)
            time.sleep(LOOK_SECONDS)

    def save_logs(self, target: Path) -> None:
        """Keep what the peers printed."""
        target.mkdir(parents=True, exist_ok=True)
        for peer in (self.serving, *self.peers):
            (target / f"{peer.name}.log").write_text(peer.log_tail(10_000), encoding="utf-8")

    def close(self) -> None:
        """End everything."""
        self._opened.close()

    def __enter__(self) -> Self:
        """Use it as it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self.close()


def write_result(path: Path, result: object) -> None:
    """Keep a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
