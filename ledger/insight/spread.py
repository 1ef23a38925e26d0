"""How runtimes of one group are spread."""

import math
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ledger.index.views import View


class Logs(View):
    """Natural logarithms of the runtimes of a group, of those longer than 0 s."""

    count: int
    mean: float = Field(description="0 where there are none.")
    squares: float = Field(description="Sum of squared deviations from the mean.")

    @staticmethod
    def of(runtimes: Iterable[float]) -> "Logs":
        """The logarithms of runtimes in seconds."""
        values = _floats(runtimes)
        values = np.log(values[values > 0])
        mean, squares = _moments(values) if len(values) else (0.0, 0.0)
        return Logs.model_construct(count=len(values), mean=mean, squares=squares)

    @property
    def variance(self) -> float:
        """Sample variance; 0 for a single runtime."""
        return self.squares / (self.count - 1) if self.count > 1 else 0.0


class Quartiles(View):
    """Where runtimes lie, in seconds, from the shortest to the longest."""

    count: int = Field(description="How many runs.")
    least: float
    lower: float = Field(description="First quartile.")
    median: float
    upper: float = Field(description="Third quartile.")
    most: float

    @staticmethod
    def of_ascending(runtimes: "Sequence[float] | NDArray[np.float64]") -> "Quartiles":
        """The quartiles of at least one runtime, however many there are, in no time."""
        return Quartiles.model_construct(**_quartiles(runtimes))


class Spread(Quartiles):
    """Runtimes in seconds, and how much they vary."""

    mean: float
    variation: float | None = Field(
        description="Coefficient of variation: the sample's standard deviation over its mean; "
        "None for a single run."
    )

    @staticmethod
    def of(runtimes: "Sequence[float] | NDArray[np.float64]") -> "Spread":
        """The spread of at least one runtime; they are in ascending order."""
        values = _floats(runtimes)
        scale = float(values[-1]) or 1.0  # squares of a stranger's runtimes may exceed a float
        mean, squares = _moments(values / scale)
        return Spread.model_construct(
            **_quartiles(values),
            mean=mean * scale,
            variation=_variation(mean, squares, len(values)),
        )


def quantile(values: "Sequence[float] | NDArray[np.float64]", share: float) -> float:
    """The quantile of ascending values, interpolated linearly between neighbours.

    Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), type 7.
    """
    place = share * (len(values) - 1)
    below = math.floor(place)
    least, most = float(values[below]), float(values[min(below + 1, len(values) - 1)])
    return min(least + (most - least) * (place - below), most)


def _quartiles(values: "Sequence[float] | NDArray[np.float64]") -> dict[str, Any]:
    return {
        "count": len(values),
        "least": float(values[0]),
        "lower": quantile(values, 0.25),
        "median": quantile(values, 0.5),
        "upper": quantile(values, 0.75),
        "most": float(values[-1]),
    }


def _variation(mean: float, squares: float, count: int) -> float | None:
    if count == 1:
        return None
    return math.sqrt(squares / (count - 1)) / mean if mean else 0.0


def _moments(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean, and sum of squared deviations from it."""
    mean = float(values.mean())
    return mean, float(np.square(values - mean).sum())


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.asarray(values if isinstance(values, np.ndarray) else list(values), np.float64)
