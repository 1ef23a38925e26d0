"""Outliers: runtimes far from what the other runs of the job say.

The other runs are put into a Gaussian process whose parameters are fixed, so that every validator
computes the same. A configuration is foretold from the others; those that are far off are left out
and the rest is asked again, so that wrong runs do not vouch for each other. The limit is wide:
eight times the usual error and never less than a factor of six. Milliseconds, minutes and a
misplaced digit are beyond it; an input that no longer fits into memory is not. Runs outside what
the others span are not judged. Where a configuration was repeated often, its repeats judge.

Source: Rousseeuw and Croux, Alternatives to the Median Absolute Deviation, JASA 1993.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Sequence
from statistics import median

import numpy as np
import numpy.typing as npt

from ledger.model.regressor import Floats
from ledger.validate.checks.runs import Family
from ledger.validate.checks.runs import Run

LEAST_CONFIGURATIONS = 20
"""Fewer say too little to call anyone wrong."""

MOST_CONFIGURATIONS = 400
"""Of a family; a fixed choice of them where there are more."""

USUAL = 8.0
LEAST_LIMIT = math.log(6)

LEAST_REPEATS = 4
"""Other runs of one configuration, above which their median is asked instead."""

REPEAT_LIMIT = math.log(6)
"""Of five repeats in C3O's tables, two took five times as long as the others."""

_ROUNDS = 4

_NOISE = -1.5
"""So much that one wrong configuration does not bend what is said of those around it."""

_SUSPECT = 2.0
"""Usual errors beyond which a configuration is not asked; the others may clear it again."""

_LEAST_SCALE = 0.02
_DEVIATIONS = 1.4826
"""A normal distribution's standard deviation in medians of absolute deviations."""

_DIGITS = 6
"""To which deviations are compared, far above what rounding does to them."""


def outliers(submitted: Mapping[int, Run], others: Sequence[Run]) -> dict[int, float]:
    """Places of runs that are outliers, each with the runtime that the others say, in seconds.

    Args:
        submitted: the runs that are judged, by place.
        others: earlier ones.
    """
    families: defaultdict[Family, list[Run]] = defaultdict(list)
    for run in (*others, *submitted.values()):
        families[run.family].append(run)
    judges = {family: _Judge(runs) for family, runs in families.items()}
    found = {}
    for place, run in submitted.items():
        expected = judges[run.family].against(run)
        if expected is not None:
            found[place] = expected
    return found


class _Judge:
    """What the runs of one family say together."""

    def __init__(self, runs: Sequence[Run]) -> None:
        logarithms: defaultdict[tuple[float, ...], list[float]] = defaultdict(list)
        for run in runs:
            logarithms[run.numbers].append(math.log(run.seconds))
        self._expected: dict[tuple[float, ...], float] = {}
        self._limit = LEAST_LIMIT
        self._repeats = {
            numbers: median(values)
            for numbers, values in logarithms.items()
            if len(values) > LEAST_REPEATS
        }
        if len(logarithms) < LEAST_CONFIGURATIONS:
            return
        chosen = sorted(sorted(logarithms, key=_drawn)[:MOST_CONFIGURATIONS])
        medians = np.array([median(logarithms[numbers]) for numbers in chosen])
        rows = _placed(np.array(chosen))
        kept = np.ones(len(chosen), dtype=np.bool_)
        for _ in range(_ROUNDS):
            expected = _foretold(rows, medians, kept)
            missed = np.abs(medians - expected)
            scale = max(float(np.median(missed[kept])) * _DEVIATIONS, _LEAST_SCALE)
            self._limit = max(USUAL * scale, LEAST_LIMIT)
            agrees = missed <= max(_SUSPECT * scale, LEAST_LIMIT)
            if agrees.sum() < LEAST_CONFIGURATIONS:
                return
            kept = agrees
        least, most = rows[kept].min(axis=0), rows[kept].max(axis=0)
        inside = ((rows >= least) & (rows <= most)).all(axis=1)
        expected = _foretold(rows, medians, kept)
        self._expected = {
            numbers: float(value)
            for numbers, value, judged in zip(chosen, expected, inside, strict=True)
            if judged
        }

    def against(self, run: Run) -> float | None:
        """The runtime that the others say, in seconds, if the run is far from it."""
        if run.numbers in self._repeats:
            expected, limit = self._repeats[run.numbers], REPEAT_LIMIT
        elif run.numbers in self._expected:
            expected, limit = self._expected[run.numbers], self._limit
        else:
            return None
        far = round(abs(math.log(run.seconds) - expected), _DIGITS) > limit
        return math.exp(expected) if far else None


def _drawn(numbers: tuple[float, ...]) -> bytes:
    """An order that nobody chose and everybody has."""
    return hashlib.sha256(repr(numbers).encode()).digest()


def _placed(rows: Floats) -> Floats:
    """Each number as its rank among those of the axis.

    A size in the wrong unit is then one rank away from the others and not six orders of magnitude,
    beside which they would all look the same.
    """
    ranks: Floats = np.column_stack(
        [np.unique(column, return_inverse=True)[1] for column in rows.T]
    ).astype(np.float64)
    return ranks


def _foretold(rows: Floats, medians: Floats, kept: npt.NDArray[np.bool_]) -> Floats:
    """Logarithms of runtimes by the kept configurations; of a kept one, by the others."""
    # Here and not above: scipy takes a third of a second, and most processes judge nobody.
    from ledger.model.gaussian import GaussianProcess
    from ledger.model.gaussian import Targets

    ones = np.ones(int(kept.sum()))
    process = GaussianProcess(iterations=0, noise=_NOISE).fit(
        rows[kept], Targets(medians[kept], ones, np.exp(-2 * medians[kept]))
    )
    expected = process.predict(rows)[0]
    expected[kept] = process.left_out
    return expected
