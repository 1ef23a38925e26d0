"""A predicted runtime, and why to believe it."""

from dataclasses import dataclass

from ledger.model.odds import Odds

LEVEL = 0.9
"""Of intervals where nobody asks for another."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A predicted runtime, and why to believe it.

    Attributes:
        odds: how sure the runtime is, at any level and for any deadline.
        model: name of the model.
        error: its cross-validated mean absolute percentage error, as a fraction.
        configurations: number of distinct configurations it learned from.
        cids: names of the records it learned from.
        notes: what was assumed or left out.
    """

    odds: Odds
    model: str
    error: float
    configurations: int
    cids: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def runtime_seconds(self) -> float:
        """The runtime."""
        return self.odds.runtime_seconds

    @property
    def lower_seconds(self) -> float:
        """Lower end of the interval."""
        return self.odds.between(LEVEL)[0]

    @property
    def upper_seconds(self) -> float:
        """Upper end of the interval."""
        return self.odds.between(LEVEL)[1]

    @property
    def level(self) -> float:
        """Share of runs the interval is expected to hold; below 0.9 if configurations are few."""
        return self.odds.between(LEVEL)[2]

    @property
    def records(self) -> int:
        """Number of records it learned from."""
        return len(self.cids)
