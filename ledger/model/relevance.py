"""Which runs are too far from the one asked for to say anything about it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ledger.errors import NotFoundError
from ledger.model.regressor import Floats

FARTHEST = 100.0
"""Two orders of magnitude away in size, nodes or a number, another part of the system is the
bottleneck, or a unit is wrong: such runs say nothing about each other."""

_LEAST = 1e-12


class TooFarError(NotFoundError):
    """A run is asked for that the known ones say nothing about."""


def near(known: Floats, asked: Floats) -> npt.NDArray[np.bool_]:
    """Which known rows of features are within `FARTHEST` of any row that is asked for."""
    low, high = asked.min(axis=0) / FARTHEST, asked.max(axis=0) * FARTHEST
    within = (known >= low) & (known <= high)
    relevant: npt.NDArray[np.bool_] = (within | (known <= 0) | (high <= 0)).all(axis=1)
    return relevant


def too_far(names: Sequence[str], known: Floats, asked: Floats) -> TooFarError:
    """The refusal, naming the number that is furthest away."""
    ratio = np.maximum(asked / np.maximum(known, _LEAST), known / np.maximum(asked, _LEAST))
    column = int(np.argmax(ratio.min(axis=0)))
    return TooFarError(
        f"too little is known to predict from: {names[column]} = {asked[column]:g} is more than "
        f"{FARTHEST:g} times away from the known runs ({known[:, column].min():g} to "
        f"{known[:, column].max():g})",
        hint="Contribute runs nearer to it, or check the unit: sizes are in bytes.",
    )
