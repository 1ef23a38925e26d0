"""What a run has to keep: a deadline, a budget, and how surely."""

import math
from dataclasses import dataclass

from ledger.errors import InvalidInputError

CONFIDENCE = 0.9
"""With which a deadline or a budget is kept where nobody asks for another."""


class InvalidConditionError(InvalidInputError):
    """A deadline, a budget or a confidence is out of range."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a run has to keep.

    Attributes:
        deadline_seconds: when it has to be over; None: whenever.
        budget: what it may cost, in the unit of the costs; None: anything.
        confidence: probability with which both are to be kept, from 0.5 to below 1.

    Raises:
        InvalidConditionError: one of them is out of range.
    """

    deadline_seconds: float | None = None
    budget: float | None = None
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0.5 <= self.confidence < 1:  # noqa: PLR2004 - a half is the predicted runtime
            raise InvalidConditionError(
                f"a confidence of {self.confidence:g} is out of range",
                hint="Give a probability from 0.5 to below 1, e.g. 0.9.",
            )
        for name, value in (("deadline", self.deadline_seconds), ("budget", self.budget)):
            if value is not None and not (value >= 0 and math.isfinite(value)):
                raise InvalidConditionError(
                    f"a {name} of {value:g} cannot be kept",
                    hint="Give a finite number of at least zero.",
                )
