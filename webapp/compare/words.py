"""What a comparison says, in sentences."""

from collections.abc import Sequence

from ledger.insight.compare import Comparison
from ledger.insight.comparison import Method
from ledger.insight.comparison import Ratio
from webapp.compare.sides import Column
from webapp.format import TIMES
from webapp.format import number
from webapp.format import plural

_EXPONENT_FROM = 10_000


def times(ratio: float) -> str:
    """A ratio with three digits that count: ``1.42 times``, with the sign."""
    if not 1 / _EXPONENT_FROM < ratio < _EXPONENT_FROM:
        return f"{ratio:.2e}{TIMES}"
    digits = 2 if ratio >= 0.1 else 4  # noqa: PLR2004 - from here on two digits say nothing
    return f"{number(round(ratio, digits))}{TIMES}"


def interval(ratio: Ratio) -> str:
    """The interval of a ratio, or why there is none."""
    if ratio.low is None or ratio.high is None:
        return "no interval: too few runs to tell how much they vary"
    return f"95 % interval {times(ratio.low)} to {times(ratio.high)}"


def method(ratio: Ratio) -> str:
    """What a ratio rests on."""
    runs = f"{number(ratio.baseline_runs)} and {plural(ratio.runs, 'run')}"
    if ratio.method is Method.MATCHED:
        return f"over {number(ratio.configurations)} configurations that both ran, {runs}"
    if ratio.method is Method.REPEATS:
        return f"over repeats, {runs}" + (
            " of the one configuration that both ran" if ratio.configurations else ""
        )
    if ratio.method is Method.OVERALL:
        return f"over all {runs}, like or unlike: they have no configuration in common"
    return "no runtime is longer than 0 s"


def verdict(baseline: Column, other: Column, ratio: Ratio | None) -> str:
    """Which of two sides is faster, by how much and how sure that is."""
    one, two = f"{baseline.letter} ({baseline.label})", f"{other.letter} ({other.label})"
    if ratio is None or ratio.ratio is None:
        return f"{two} cannot be compared with {one}: no run that counts has a runtime."
    told = f"{interval(ratio)}, {method(ratio)}"
    if ratio.low is not None and not ratio.is_clear:
        return f"No clear difference: {two} takes {times(ratio.ratio)} as long as {one}; {told}."
    change = ratio.ratio - 1
    if abs(change) < 0.005:  # noqa: PLR2004 - below half a per cent, rounded to nothing
        return f"{two} takes as long as {one}; {told}."
    by = f"{100 * abs(change):.0f} % {'longer' if change > 0 else 'shorter'}"
    return f"{two} takes {times(ratio.ratio)} as long as {one}, {by}; {told}."


def verdicts(columns: Sequence[Column], found: Comparison) -> list[str]:
    """Each side but the first, against the first."""
    return [
        verdict(columns[0], column, ratio)
        for column, ratio in zip(columns[1:], found.ratios[1:], strict=True)
    ]


def fastest(columns: Sequence[Column], found: Comparison) -> Column | None:
    """The side that is clearly faster than the first and no slower than any other, or none.

    The first itself, where every other is clearly slower.
    """
    told = [each for each in found.ratios[1:] if each is not None and each.ratio is not None]
    if len(told) < len(columns) - 1:
        return None
    if all(each.is_clear and (each.ratio or 0) > 1 for each in told):
        return columns[0]
    place = min(range(len(told)), key=lambda at: told[at].ratio or 0)
    best = told[place]
    return columns[place + 1] if best.is_clear and (best.ratio or 0) < 1 else None
