"""Bell: Ernest's formula, or the runs themselves, whichever foretold the other scale-outs better.

Runtimes at a scale-out are estimated from the runs around it (a straight line fitted with weights
that fall off as a Gaussian of the distance) or from Ernest's formula. Which of them, and with what
width, is chosen by leaving out each inner scale-out in turn; beyond the known scale-outs the
formula always answers. Bell looks at runs on one input: sizes enter through the formula only.

Source: Thamsen et al., Selecting Resources for Distributed Dataflow Systems According to Runtime
Targets, IPCCC 2016, section III.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ledger.model.ernest import Ernest
from ledger.model.estimator import RuntimeEstimator
from ledger.model.regressor import SCALE
from ledger.model.regressor import Floats

BANDWIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Widths that are tried, in mean distances between neighbouring scale-outs."""

_RIDGE = 1e-9
"""Keeps a line through a single scale-out solvable."""


class Bell(RuntimeEstimator):
    """Bell's model.

    Attributes:
        bandwidth_: width of the local model in machines; None: Ernest answers everywhere.
        ernest_: Ernest's model.
    """

    bandwidth_: float | None
    ernest_: Ernest

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        self.ernest_ = Ernest().fit(features, runtimes, weight)
        self.known_ = (features[:, SCALE], runtimes, weight)
        self.bandwidth_ = self._chosen(features, runtimes, weight)

    def _answer(self, features: Floats) -> Floats:
        answer = self.ernest_.predict(features)
        known, runtimes, weight = self.known_
        scale = features[:, SCALE]
        inside = (scale >= known.min()) & (scale <= known.max())
        if self.bandwidth_ is not None and inside.any():
            answer[inside] = _local(known, runtimes, weight, scale[inside], self.bandwidth_)
        return answer

    def __sklearn_tags__(self) -> Any:
        """Runtimes that depend on anything but size and scale-out are beyond it."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags

    def _chosen(self, features: Floats, runtimes: Floats, weight: Floats) -> float | None:
        inner = np.unique(features[:, SCALE])[1:-1]
        if len(inner) == 0:
            return None
        step = float(np.diff(np.unique(features[:, SCALE])).mean())
        widths = [None, *(factor * step for factor in BANDWIDTHS)]
        errors = [
            np.mean(
                [
                    np.abs(guess / runtimes[held] - 1).mean()
                    for held, guess in _left_out(features, runtimes, weight, inner, width)
                ]
            )
            for width in widths
        ]
        return widths[int(np.argmin(errors))]


def _left_out(
    features: Floats, runtimes: Floats, weight: Floats, inner: Floats, width: float | None
) -> Iterator[tuple[Any, Floats]]:
    """For each inner scale-out: its runs, and what the others say of them."""
    scale = features[:, SCALE]
    for left_out in inner:
        held = scale == left_out
        if width is None:
            model = Ernest().fit(features[~held], runtimes[~held], weight[~held])
            yield held, model.predict(features[held])
        else:
            yield (
                held,
                _local(scale[~held], runtimes[~held], weight[~held], scale[held], width),
            )


def _local(known: Floats, runtimes: Floats, weight: Floats, asked: Floats, width: float) -> Floats:
    """A straight line around each scale-out that is asked for."""
    scales, places = np.unique(asked, return_inverse=True)
    found = np.empty(len(scales))
    for number, scale in enumerate(scales):
        distance = known - scale
        # Relative to the nearest: far from all runs every weight would otherwise be zero.
        near = np.exp(-0.5 * (distance**2 - (distance**2).min()) / width**2) * weight
        line = np.column_stack([np.ones_like(distance), distance])
        normal = (line * near[:, np.newaxis]).T @ line + _RIDGE * near.sum() * np.eye(2)
        found[number] = np.linalg.solve(normal, line.T @ (near * runtimes))[0]
    return found[places]
