"""Runs of the same job on other machine types, or by others, as features of the same names."""

import hashlib
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property

import numpy as np

from ledger.model.columns import ABSENT
from ledger.model.columns import Codes
from ledger.model.columns import Mask
from ledger.model.columns import Runs
from ledger.model.columns import Texts
from ledger.model.columns import numbered
from ledger.model.regressor import Floats
from ledger.model.repeats import Repeated
from ledger.model.repeats import repeated

OTHERS = "other contributors"


@dataclass(frozen=True)
class Elsewhere:
    """Runs elsewhere.

    Attributes:
        cids: names of the records.
        places: where they ran, by name: a machine type, and whether others ran it.
        place: which of them each run was at.
        rows: one row of features per run.
        y: runtimes in seconds.
        weight: how much each counts.
    """

    cids: Texts
    places: tuple[str, ...]
    place: Codes
    rows: Floats
    y: Floats
    weight: Floats

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that a model sees of the runs."""
        digest = hashlib.sha256("\n".join(self.cids.tolist()).encode())
        for part in (self.place, self.rows, self.y, self.weight):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def of(self, chosen: Mask) -> "Elsewhere | None":
        """Some of the runs; None: there are none of them."""
        if chosen.all():
            return self
        if not chosen.any():
            return None
        return replace(
            self,
            cids=self.cids[chosen],
            place=self.place[chosen],
            rows=self.rows[chosen],
            y=self.y[chosen],
            weight=self.weight[chosen],
        )

    def moved(self, offset: Floats) -> "Elsewhere":
        """The same with features that are more by so much."""
        return replace(self, rows=self.rows + offset) if offset.any() else self

    def configurations(self) -> tuple[Floats, Repeated]:
        """Distinct configurations: the features, and a column per place that is 1 there."""
        where = np.eye(len(self.places))[self.place]
        rows, place = np.unique(np.hstack([self.rows, where]), axis=0, return_inverse=True)
        return rows, repeated(self.y, self.weight, place.ravel(), len(rows))


def elsewhere_of(runs: Runs, rows: Floats, own: Mask, room: int) -> Elsewhere | None:
    """Runs elsewhere, those of most runs first, as far as there is room.

    Args:
        runs: the runs.
        rows: their features.
        own: which of them are by the contributor that is asked about.
        room: how many configurations there may be at most.
    """
    kept = np.zeros(len(runs), dtype=bool)
    place = np.zeros(len(runs), dtype=np.int64)
    names: list[str] = []
    for name, there in _places(runs, own):
        some, count = _some(rows, there, room)
        if count:
            room -= count
            place[some] = len(names)
            kept |= some
            names.append(name)
    if not names:
        return None
    order = sorted(range(len(names)), key=names.__getitem__)
    return Elsewhere(
        cids=runs.cids[kept],
        places=tuple(names[each] for each in order),
        place=np.argsort(order)[place[kept]],
        rows=rows[kept],
        y=runs.runtime[kept],
        weight=runs.weight[kept],
    )


def _places(runs: Runs, own: Mask) -> list[tuple[str, Mask]]:
    """Each place by its name with its runs, those of most runs first."""
    found = []
    for code in np.unique(runs.machine_type.codes).tolist():
        if code == ABSENT:
            continue
        name = str(runs.machine_type.values[code])
        there = runs.machine_type.codes == code
        found += [(name, there & own), (f"{name} by {OTHERS}", there & ~own)]
    return sorted(found, key=lambda each: -int(each[1].sum()))


def _some(rows: Floats, there: Mask, room: int) -> tuple[Mask, int]:
    """The runs of at most so many configurations, the same ones whoever asks; and of how many."""
    places = np.flatnonzero(there)
    distinct, of = numbered(rows[places])
    chosen = np.random.default_rng(len(distinct)).permutation(len(distinct))[:room]
    some = np.zeros(len(rows), dtype=bool)
    some[places[np.isin(of, chosen)]] = True
    return some, len(chosen)
