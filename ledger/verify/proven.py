"""What a step of a verification proved, and on whose word."""

from dataclasses import dataclass
from typing import Any

FILE = "the file alone"
YOU = "what you trust"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a step proved.

    Attributes:
        sentence: for people.
        rests_on: on whose word.
        values: what it was computed from.
    """

    sentence: str
    rests_on: str
    values: dict[str, Any]
