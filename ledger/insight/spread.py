"""How runtimes of one group are spread."""

import math
from collections.abc import Sequence

from pydantic import Field

from ledger.index.views import View


class Spread(View):
    """Runtimes in seconds, from the shortest to the longest."""

    count: int = Field(description="How many runs.")
    least: float
    lower: float = Field(description="First quartile.")
    median: float
    upper: float = Field(description="Third quartile.")
    most: float
    mean: float
    variation: float | None = Field(
        description="Coefficient of variation: the sample's standard deviation over its mean; "
        "None for a single run."
    )
    positive: int = Field(description="Runs longer than 0 s, of which there is a logarithm.")
    log_mean: float = Field(description="Mean of the natural logarithms of those.")
    log_variance: float = Field(description="Their sample variance; 0 for a single one.")

    @staticmethod
    def of(runtimes: Sequence[float]) -> "Spread":
        """The spread of at least one runtime; they are in ascending order."""
        values = [float(value) for value in runtimes]
        scale = values[-1] or 1.0  # squares of a stranger's runtimes may exceed a float
        mean, variance = _moments([value / scale for value in values])
        logs = [math.log(value) for value in values if value > 0]
        log_mean, log_variance = _moments(logs) if logs else (0.0, 0.0)
        single = len(values) == 1
        return Spread.model_construct(
            count=len(values),
            least=values[0],
            lower=quantile(values, 0.25),
            median=quantile(values, 0.5),
            upper=quantile(values, 0.75),
            most=values[-1],
            mean=mean * scale,
            variation=None if single else math.sqrt(variance) / mean if mean else 0.0,
            positive=len(logs),
            log_mean=log_mean,
            log_variance=log_variance,
        )


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile of ascending values, interpolated linearly between neighbours.

    Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), type 7.
    """
    place = share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    part = place - below
    return float(values[below] * (1 - part) + values[above] * part)


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample variance; 0 for the variance of a single value."""
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return mean, 0.0
    return mean, math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
