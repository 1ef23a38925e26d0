"""Where simulated peers are, how far apart, and whom they know."""

from collections.abc import Sequence
from random import Random

from bench.network.regions import REGIONS
from bench.network.regions import round_trip_ms
from bench.simulation.parameters import Parameters
from bench.simulation.tcp import transfer_seconds


class Places:
    """Peers spread evenly over the regions; they are named by number.

    Args:
        parameters: of the nodes.
        peers: how many.
        size: bytes of the answer that is sent between them.
        draw: of everything random.
        chain_region: where the chain's endpoint is; None: one in each region.
    """

    def __init__(
        self,
        parameters: Parameters,
        peers: int,
        size: int,
        draw: Random,
        chain_region: str | None = None,
    ) -> None:
        self._of = parameters
        self._peers = peers
        self._draw = draw
        self._chain = None if chain_region is None else REGIONS.index(chain_region)
        self._trips = [[round_trip_ms(a, b) / 1_000 for b in REGIONS] for a in REGIONS]
        self._transfers = [
            [transfer_seconds(size, trip, parameters.loss) for trip in row] for row in self._trips
        ]

    def region(self, peer: int) -> str:
        """Where a peer is."""
        return REGIONS[self._place(peer)]

    def trip(self, one: int, other: int) -> float:
        """Seconds there and back."""
        return self._trips[self._place(one)][self._place(other)]

    def transfer(self, source: int, target: int) -> float:
        """Seconds from an answer's first byte to its last, but for the sender's rate."""
        return self._transfers[self._place(source)][self._place(target)]

    def chain_trip(self, peer: int) -> float:
        """Seconds to the chain's endpoint and back."""
        place = self._place(peer)
        return self._trips[place if self._chain is None else self._chain][place]

    def reach(self, one: int, other: int) -> float:
        """Seconds until a request is there; a connection that is not open is opened first."""
        is_open = self._draw.random() * (self._peers - 1) < self._of.open_connections
        return (0.5 if is_open else 1.5) * self.trip(one, other)

    def others(self, peer: int, count: int, but: Sequence[int] = ()) -> list[int]:
        """So many peers that one knows, in any order."""
        if count <= 0:
            return []
        known = min(self._peers - 1, self._of.known_peers)
        drawn = self._draw.sample(range(self._peers), min(count + len(but) + 1, self._peers))
        return [each for each in drawn if each != peer and each not in but][: min(count, known)]

    @staticmethod
    def _place(peer: int) -> int:
        return peer % len(REGIONS)
