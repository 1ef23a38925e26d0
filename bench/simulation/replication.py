"""One batch on its way to every peer."""

import math
from collections.abc import Sequence
from random import Random

from bench.simulation.events import EventQueue
from bench.simulation.outcome import Outcome
from bench.simulation.parameters import Parameters
from bench.simulation.places import Places
from bench.simulation.servers import Cores
from bench.simulation.servers import Uplinks

_NEVER = float("inf")
_SLOWEST_RETRY_SECONDS = 300.0


class Replication:
    """The way of one batch through a network of peers.

    Peers are spread evenly over the regions. Each looks at the chain at its own moments; when it
    sees the anchor it asks peers that told it that they have the batch, then any others, one after
    the other; who has it whole tells a few.

    Args:
        parameters: of the nodes.
        peers: how many, those that hold the batch included.
        records: in the batch.
        seed: of everything random.
        holders: the first so many peers have the batch at the anchor.
        chain_region: where the chain's endpoint is; None: one in each region.
        sharing: whether peers serve on what they have; else only the first holders do.
    """

    def __init__(
        self,
        parameters: Parameters,
        peers: int,
        records: int,
        *,
        seed: int = 0,
        holders: int = 1,
        chain_region: str | None = None,
        sharing: bool = True,
    ) -> None:
        if not 1 <= holders <= peers:
            raise ValueError("somebody has to have it, and nobody twice")
        self._of = parameters
        self._records = records
        self._size = parameters.answer_bytes(records)
        self._draw = Random(seed)
        self._places = Places(parameters, peers, self._size, self._draw, chain_region)
        self._peers = peers
        self._holders = holders
        self._sharing = sharing
        self._events = EventQueue()
        self._uplinks = Uplinks(peers, parameters.uplink_bytes_per_second)
        self._cores = Cores(peers, parameters.shared_cores)
        self._whole_at = [_NEVER] * peers
        self._told: list[list[int]] = [[] for _ in range(peers)]
        self._phase = [self._draw.random() * parameters.sync_seconds for _ in range(peers)]
        self._failures = [0] * peers
        self._plan = [0] * peers
        self._waits = [False] * peers
        self._knows = [False] * peers
        self._received = [0] * peers
        self._asked = self._refused = 0

    def run(self) -> Outcome:
        """Until every peer has it."""
        for peer in range(self._peers):
            look = self._phase[peer]
            if peer < self._holders:
                self._events.at(look, self._have, peer)
            else:
                self._events.at(look, self._look, peer)
        self._events.run()
        late = range(self._holders, self._peers)
        return Outcome(
            seconds=[self._whole_at[peer] for peer in late],
            regions=[self._places.region(peer) for peer in late],
            sent=self._uplinks.sent,
            received=self._received,
            cpu=self._cores.used,
            asked=self._asked,
            refused=self._refused,
            uplink_busy=[self._uplinks.busy_until(peer) for peer in range(self._peers)],
            events=self._events.happened,
        )

    def _look(self, peer: int) -> None:
        """At the chain: by itself, or because somebody tells of what it does not know yet."""
        if not self._knows[peer]:
            self._knows[peer] = True
            trips = self._places.chain_trip(peer) * self._of.chain_trips
            self._events.at(self._events.now + trips, self._notice, peer)

    def _notice(self, peer: int) -> None:
        done = self._cores.work(peer, self._events.now, self._of.notice_cpu)
        self._events.at(done, self._attempt, peer)

    def _attempt(self, peer: int) -> None:
        self._waits[peer] = False
        told = self._told[peer]
        order = self._draw.sample(told, len(told)) if told else []
        order += self._others(peer, self._of.asked - len(order), order)
        self._ask(peer, order[: self._of.asked], 0)

    def _others(self, peer: int, count: int, but: Sequence[int]) -> list[int]:
        """Peers that may have it, in any order."""
        if count <= 0:
            return []
        if not self._sharing:
            return self._draw.sample(range(self._holders), min(count, self._holders))
        return self._places.others(peer, count, but)

    def _ask(self, peer: int, order: Sequence[int], place: int) -> None:
        if place == len(order):
            self._pause(peer)
            return
        source = order[place]
        self._asked += 1
        arrives = self._events.now + self._places.reach(peer, source)
        self._uplinks.send(peer, self._events.now, self._of.message_bytes)
        self._events.at(arrives, self._answer, peer, order, place)

    def _answer(self, peer: int, order: Sequence[int], place: int) -> None:
        source = order[place]
        now = self._events.now
        self._received[source] += self._of.message_bytes
        if self._whole_at[source] > now:
            self._refused += 1
            done = self._cores.work(source, now, self._of.request_cpu)
            out = self._uplinks.send(source, done, self._of.message_bytes)
            arrives = out + self._places.trip(peer, source) / 2
            self._events.at(arrives, self._refusal, peer, order, place)
            return
        cpu = self._of.request_cpu + self._records * self._of.serve_cpu_per_record
        done = self._cores.work(source, now, cpu)
        out = self._uplinks.send(source, done, self._size)
        transfer = self._places.transfer(source, peer)
        arrives = max(out + self._places.trip(peer, source) / 2, done + transfer)
        self._events.at(arrives, self._arrive, peer)

    def _refusal(self, peer: int, order: Sequence[int], place: int) -> None:
        self._received[peer] += self._of.message_bytes
        self._ask(peer, order, place + 1)

    def _arrive(self, peer: int) -> None:
        self._received[peer] += self._size
        cpu = self._of.fetch_cpu + self._records * self._of.fetch_cpu_per_record
        done = self._cores.work(peer, self._events.now, cpu)
        # The round that indexes it looks at the chain first.
        looked = done + self._places.chain_trip(peer) * self._of.look_trips
        self._events.at(looked, self._index, peer)

    def _index(self, peer: int) -> None:
        cpu = self._records * self._of.index_cpu_per_record
        done = self._cores.work(peer, self._events.now, cpu)
        self._events.at(done, self._have, peer)

    def _have(self, peer: int) -> None:
        now = self._events.now
        self._whole_at[peer] = now
        for other in self._others(peer, self._of.fan_out, ()) if self._sharing else ():
            self._uplinks.send(peer, now, self._of.message_bytes)
            arrives = now + self._places.reach(peer, other)
            self._events.at(arrives, self._hear, other, peer)

    def _hear(self, peer: int, holder: int) -> None:
        self._received[peer] += self._of.message_bytes
        self._cores.work(peer, self._events.now, self._of.request_cpu)
        if self._whole_at[peer] < _NEVER:
            return
        self._told[peer].append(holder)
        if self._waits[peer]:
            trips = self._places.chain_trip(peer) * self._of.look_trips
            self._plan_retry(peer, self._events.now + trips)
        else:
            self._look(peer)

    def _pause(self, peer: int) -> None:
        pause = self._of.retry_seconds * 2.0 ** min(self._failures[peer], 30)
        self._failures[peer] += 1
        due = self._events.now + min(pause, _SLOWEST_RETRY_SECONDS)
        self._plan_retry(peer, self._next_round(peer, due))
        self._waits[peer] = True

    def _plan_retry(self, peer: int, due: float) -> None:
        """What was planned before is off."""
        self._waits[peer] = False
        self._plan[peer] += 1
        self._events.at(due, self._retry, peer, self._plan[peer])

    def _retry(self, peer: int, plan: int) -> None:
        if plan == self._plan[peer]:
            self._attempt(peer)

    def _next_round(self, peer: int, after: float) -> float:
        pause = self._of.sync_seconds
        rounds = math.ceil((after - self._phase[peer]) / pause)
        return max(self._phase[peer] + rounds * pause, self._events.now)
