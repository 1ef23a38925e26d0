"""The runs that are comparable to one that is asked for, as numbers.

Of the runs that a question rests on (`ledger.model.basis`), those that are not too far from it.
"""

import hashlib
from dataclasses import dataclass
from dataclasses import replace

import numpy as np

from ledger.model.basis import Basis
from ledger.model.columns import Codes
from ledger.model.columns import Mask
from ledger.model.columns import Texts
from ledger.model.elsewhere import Elsewhere
from ledger.model.observation import Query
from ledger.model.refusal import MIN_CONFIGURATIONS
from ledger.model.refusal import MORE_RUNS
from ledger.model.refusal import too_few
from ledger.model.regressor import Floats
from ledger.model.relevance import near
from ledger.model.relevance import too_far


@dataclass(frozen=True, slots=True)
class Comparable:
    """Comparable runs as a feature matrix.

    Attributes:
        cids: names of their records.
        names: what the columns of ``rows`` are: size, scale-out, further properties.
        rows: the distinct configurations, one row each.
        groups: place of each run's configuration among them.
        y: runtimes in seconds.
        weight: how much each run counts.
        elsewhere: runs on other machine types, which may help; None: there are none.
        types: machine types of runs that are compared by their cores; empty: all are on the type
            that is asked for.
        target: the features of the run that is asked for, one row.
        notes: what was assumed or left out, for the reader of a prediction.
        digest: SHA-256 that stands for all of it but target and notes.
        kind: SHA-256 that stands for the kind of question, whatever the runs are.
    """

    cids: Texts
    names: tuple[str, ...]
    rows: Floats
    groups: Codes
    y: Floats
    weight: Floats
    elsewhere: Elsewhere | None
    types: tuple[str, ...]
    target: Floats
    notes: tuple[str, ...]
    digest: str
    kind: str

    @property
    def configurations(self) -> int:
        """Number of distinct configurations."""
        return len(self.rows)

    @property
    def X(self) -> Floats:  # noqa: N802
        """One row per run."""
        return self.rows[self.groups]

    def equal_in(self, prefix: str) -> "Comparable":
        """The runs whose properties below a path prefix are those of the run asked for."""
        columns = [n for n, name in enumerate(self.names) if n > 1 and name.startswith(prefix)]
        return self.of((self.rows[:, columns] == self.target[0, columns]).all(axis=1))

    def of(self, chosen: Mask) -> "Comparable":
        """The runs of some of the configurations."""
        if chosen.all():
            return self
        kept = chosen[self.groups]
        return replace(
            self,
            cids=self.cids[kept],
            rows=self.rows[chosen],
            groups=(np.cumsum(chosen) - 1)[self.groups[kept]],
            y=self.y[kept],
            weight=self.weight[kept],
            digest=_narrowed(self.digest, chosen),
        )


def comparable(basis: Basis, query: Query) -> Comparable:
    """The runs that are comparable to the one asked for.

    Raises:
        TooFewRecordsError: fewer than `MIN_CONFIGURATIONS` distinct configurations.
        TooFarError: all of them are more than `ledger.model.relevance.FARTHEST` times away.
    """
    target = basis.target(query)
    # Models take no negative numbers; where zero lies on an axis that has some means nothing.
    below = np.minimum(np.minimum(basis.rows.min(axis=0), target[0]), 0.0)
    others = basis.elsewhere
    if others is not None:
        below = np.minimum(below, others.rows.min(axis=0))
        others = others.moved(-below)
        others = others.of(near(others.rows, target - below))
    relevant = near(basis.rows - below, target - below)
    count = int(relevant.sum()) or len(relevant)
    if count < MIN_CONFIGURATIONS:
        raise too_few(count, f"of {query.job!r} are comparable", MORE_RUNS)
    if not relevant.any():
        raise too_far(basis.names, basis.rows, target[0])
    digest = basis.digest
    if below.any():
        digest = hashlib.sha256(digest.encode() + below.tobytes()).hexdigest()
    found = Comparable(
        cids=basis.cids,
        names=basis.names,
        rows=basis.rows - below,
        groups=basis.groups,
        y=basis.y,
        weight=basis.weight,
        elsewhere=others,
        types=basis.types,
        target=target - below,
        notes=basis.notes,
        digest=digest,
        kind=basis.kind,
    )
    return found.of(relevant)


def _narrowed(digest: str, kept: Mask) -> str:
    """The digest of some of the runs."""
    return hashlib.sha256(digest.encode() + np.packbits(kept).tobytes()).hexdigest()
