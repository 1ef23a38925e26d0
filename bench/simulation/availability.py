"""Whether batches stay available while peers come, go, and leave for good."""

from dataclasses import dataclass
from random import Random

from bench.simulation.events import EventQueue

HOUR = 3_600.0
DAY = 24 * HOUR


@dataclass(frozen=True)
class Churn:
    """How peers come and go; all times are drawn from exponential distributions.

    Attributes:
        up_seconds: mean time that a peer is there at a stretch.
        down_seconds: mean time that it is away at a stretch.
        life_seconds: mean time until it leaves for good, with what it held; None: never.
    """

    up_seconds: float
    down_seconds: float
    life_seconds: float | None = None

    @property
    def uptime(self) -> float:
        """Share of its life that a peer is there."""
        return self.up_seconds / (self.up_seconds + self.down_seconds)


@dataclass(frozen=True)
class Available:
    """What became of the batches.

    Attributes:
        unavailable: share of time in which a batch was on no peer that was there, over all batches.
        lost: share of batches whose last copy left for good.
        repairs: copies made because holders were away, per batch and day.
        left: mean number of copies at the end, of batches that were not lost.
    """

    unavailable: float
    lost: float
    repairs: float
    left: float


class Availability:
    """Batches on a few holders each.

    Peers are independent and far more than any batch has holders, so that each holder of a batch
    is simulated for itself, and those that hold nothing not at all.

    Args:
        churn: how peers come and go.
        copies: of each batch, at the beginning and as many as repair keeps up.
        batches: how many are watched.
        seed: of everything random.
        repair_seconds: when so many copies are not enough, after this long another peer fetches
            one, if anybody who is there has it; surplus copies are dropped when holders come back.
            None: nobody does.
    """

    def __init__(
        self,
        churn: Churn,
        copies: int,
        batches: int,
        seed: int = 0,
        repair_seconds: float | None = None,
    ) -> None:
        self._churn = churn
        self._copies = copies
        self._repair_seconds = repair_seconds
        self._draw = Random(seed)
        self._events = EventQueue()
        self._repairs = 0
        self._batches = [_Batch() for _ in range(batches)]

    def run(self, seconds: float) -> Available:
        """Watch for so long."""
        for batch in self._batches:
            for _ in range(self._copies):
                self._add(batch, is_up=self._draw.random() < self._churn.uptime)
            batch.is_dark = batch.up == 0
            self._look_after(batch)
        self._events.run(seconds)
        for batch in self._batches:
            batch.account(seconds)
        kept = [batch for batch in self._batches if batch.copies]
        return Available(
            unavailable=sum(batch.dark for batch in self._batches) / seconds / len(self._batches),
            lost=1 - len(kept) / len(self._batches),
            repairs=self._repairs / len(self._batches) / (seconds / DAY),
            left=sum(batch.copies for batch in kept) / len(kept) if kept else 0.0,
        )

    def _add(self, batch: "_Batch", *, is_up: bool) -> None:
        holder = _Holder(is_up=is_up)
        batch.copies += 1
        batch.up += is_up
        self._plan_turn(batch, holder)
        if self._churn.life_seconds is not None:
            self._in(self._churn.life_seconds, self._leave, batch, holder)

    def _plan_turn(self, batch: "_Batch", holder: "_Holder") -> None:
        mean = self._churn.up_seconds if holder.is_up else self._churn.down_seconds
        self._in(mean, self._turn, batch, holder)

    def _turn(self, batch: "_Batch", holder: "_Holder") -> None:
        if not holder.holds:
            return
        batch.account(self._events.now)
        holder.is_up = not holder.is_up
        batch.up += 1 if holder.is_up else -1
        if holder.is_up and batch.up > self._copies:
            self._drop(batch, holder)  # the storage is better used for what others lack
        else:
            self._plan_turn(batch, holder)
        self._look_after(batch)

    def _leave(self, batch: "_Batch", holder: "_Holder") -> None:
        if holder.holds:
            batch.account(self._events.now)
            self._drop(batch, holder)
            self._look_after(batch)

    @staticmethod
    def _drop(batch: "_Batch", holder: "_Holder") -> None:
        holder.holds = False
        batch.copies -= 1
        batch.up -= holder.is_up

    def _look_after(self, batch: "_Batch") -> None:
        batch.is_dark = batch.up == 0
        wanting = self._repair_seconds is not None and batch.up < self._copies
        if wanting and not batch.is_watched:
            assert self._repair_seconds is not None
            batch.is_watched = True
            self._events.at(self._events.now + self._repair_seconds, self._repair, batch)

    def _repair(self, batch: "_Batch") -> None:
        batch.is_watched = False
        while 0 < batch.up < self._copies:
            self._repairs += 1
            self._add(batch, is_up=True)
        if batch.copies:
            self._look_after(batch)

    def _in(self, mean: float, act: object, *arguments: object) -> None:
        due = self._events.now + self._draw.expovariate(1 / mean)
        self._events.at(due, act, *arguments)  # type: ignore[arg-type]


class _Holder:
    __slots__ = ("holds", "is_up")

    def __init__(self, *, is_up: bool) -> None:
        self.is_up = is_up
        self.holds = True


class _Batch:
    __slots__ = ("copies", "dark", "is_dark", "is_watched", "since", "up")

    def __init__(self) -> None:
        self.copies = self.up = 0
        self.dark = self.since = 0.0
        self.is_dark = self.is_watched = False

    def account(self, now: float) -> None:
        """Add the time since the last look to the dark time, if it was that."""
        if self.is_dark:
            self.dark += now - self.since
        self.since = now
