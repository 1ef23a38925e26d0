"""What a recommendation is asked for."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

from ledger.model.advice.conditions import Conditions

TRIALS = 3
"""Runs that are named as worth making, where nobody asks for another number."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a recommendation is to keep, and what it may choose from.

    Attributes:
        conditions: a deadline, a budget and a confidence.
        prices: US dollars for an hour of one node, by machine type.
        machine_types: those that may be chosen; none: all that the job ran on.
        nodes: scale-outs that may be chosen; none: those between which it ran.
        experiments: how many runs to name that would tell most.
    """

    conditions: Conditions = field(default_factory=Conditions)
    prices: Mapping[str, float] = field(default_factory=dict)
    machine_types: Sequence[str] = ()
    nodes: Sequence[int] = ()
    experiments: int = TRIALS
