"""Scaling that no cluster shows: runtime times nodes the same, to the last half percent.

Every job has some work that is not divided, and no two executions take the same time. Runs on four
or more scale-outs whose node-seconds agree this well were computed and not measured. Better than
linear scaling alone is no sign: an input that begins to fit into memory can make a job twenty times
as fast on twice the nodes.

Source: Amdahl, Validity of the Single Processor Approach, AFIPS 1967.
"""

from collections import defaultdict
from collections.abc import Sequence

from ledger.validate.checks.runs import Family
from ledger.validate.checks.runs import Run

LEAST_SCALES = 4
"""Scale-outs; three may agree by chance where runtimes are rounded."""

AGREEMENT = 1.005
"""Largest over smallest node-seconds."""


def computed(submitted: Sequence[tuple[int, Run]]) -> set[int]:
    """Places of one submission's runs that lie on a curve which was computed."""
    curves: defaultdict[tuple[Family, tuple[float, ...]], list[tuple[int, Run]]] = defaultdict(list)
    for place, run in submitted:
        curves[run.family, run.numbers[1:]].append((place, run))
    found: set[int] = set()
    for curve in curves.values():
        if len({run.nodes for _, run in curve}) < LEAST_SCALES:
            continue
        spent = [run.seconds * run.nodes for _, run in curve]
        if max(spent) <= min(spent) * AGREEMENT:
            found.update(place for place, _ in curve)
    return found
