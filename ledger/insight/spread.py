"""How runtimes of one group are spread."""

import math
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

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
        values = [math.log(value) for value in runtimes if value > 0]
        mean, squares = _moments(values) if values else (0.0, 0.0)
        return Logs.model_construct(count=len(values), mean=mean, squares=squares)

    @property
    def variance(self) -> float:
        """Sample variance; 0 for a single runtime."""
        return self.squares / (self.count - 1) if self.count > 1 else 0.0

    def __add__(self, other: "Logs") -> "Logs":
        """Both groups as one.

        Source: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing
        Sample Variances" (1979).
        """
        count = self.count + other.count
        if not count:
            return self
        apart = other.mean - self.mean
        return Logs.model_construct(
            count=count,
            mean=self.mean + apart * other.count / count,
            squares=self.squares + other.squares + apart**2 * self.count * other.count / count,
        )


class Quartiles(View):
    """Where runtimes lie, in seconds, from the shortest to the longest."""

    count: int = Field(description="How many runs.")
    least: float
    lower: float = Field(description="First quartile.")
    median: float
    upper: float = Field(description="Third quartile.")
    most: float

    @staticmethod
    def of_ascending(runtimes: Sequence[float]) -> "Quartiles":
        """The quartiles of at least one runtime, however many there are, in no time."""
        return Quartiles.model_construct(**_quartiles(runtimes))


class Spread(Quartiles):
    """Runtimes in seconds, and how much they vary."""

    mean: float
    variation: float | None = Field(
        description="Coefficient of variation: the sample's standard deviation over its mean; "
        "None for a single run."
    )
    logs: Logs = Field(
        Logs.of(()), exclude=True, description="Not part of JSON: none where it was read from that."
    )

    @staticmethod
    def of(runtimes: Sequence[float]) -> "Spread":
        """The spread of at least one runtime; they are in ascending order."""
        values = list(map(float, runtimes))
        scale = values[-1] or 1.0  # squares of a stranger's runtimes may exceed a float
        mean, squares = _moments([value / scale for value in values])
        return Spread.model_construct(
            **_quartiles(values),
            mean=mean * scale,
            variation=_variation(mean, squares, len(values)),
            logs=Logs.of(values),
        )


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile of ascending values, interpolated linearly between neighbours.

    Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), type 7.
    """
    place = share * (len(values) - 1)
    below = math.floor(place)
    least, most = float(values[below]), float(values[min(below + 1, len(values) - 1)])
    return min(least + (most - least) * (place - below), most)


def _quartiles(values: Sequence[float]) -> dict[str, Any]:
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


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and sum of squared deviations from it."""
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((value - mean) ** 2 for value in values)
