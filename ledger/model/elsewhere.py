"""Runs of the same job on other machine types, as features of the same names."""

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
from ledger.model.regressor import Floats
from ledger.model.repeats import Repeated
from ledger.model.repeats import repeated


@dataclass(frozen=True)
class Elsewhere:
    """Runs elsewhere.

    Attributes:
        cids: names of the records.
        places: where they ran, by name.
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


def elsewhere_of(runs: Runs, rows: Floats, room: int) -> Elsewhere | None:
    """Runs on other machine types, those of most runs first, as far as there is room.

    Args:
        runs: the runs.
        rows: their features.
        room: how many configurations there may be at most.
    """
    codes, counts = np.unique(runs.machine_type.codes, return_counts=True)
    chosen: list[int] = []
    for code in codes[np.argsort(-counts, kind="stable")].tolist():
        distinct = len(np.unique(rows[runs.machine_type.codes == code], axis=0))
        if code != ABSENT and distinct <= room:
            room -= distinct
            chosen.append(code)
    if not chosen:
        return None
    chosen.sort(key=lambda code: str(runs.machine_type.values[code]))
    kept = np.isin(runs.machine_type.codes, chosen)
    place = np.array([chosen.index(code) for code in runs.machine_type.codes[kept].tolist()])
    return Elsewhere(
        cids=runs.cids[kept],
        places=tuple(str(runs.machine_type.values[code]) for code in chosen),
        place=place,
        rows=rows[kept],
        y=runs.runtime[kept],
        weight=runs.weight[kept],
    )
