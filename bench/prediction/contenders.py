"""The models that are compared, by the names of the published table."""

from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from ledger.model.bell import Bell
from ledger.model.blend import Blend
from ledger.model.regressor import Regressor
from ledger.model.selection import C3O
from ledger.model.selection import CANDIDATES

FOLDS = 10
"""Of C3O's selection. It leaves out one run at a time itself: days of boosting for these tables."""


def _c3o() -> Regressor:
    return C3O(folds=FOLDS)


OURS = partial(Blend, few=0)
"""Without intervals, which are measured elsewhere."""

CONTENDERS: Mapping[str, Callable[[], Regressor]] = MappingProxyType(
    {
        "Ernest": CANDIDATES["Ernest"],
        "Bell": Bell,
        "GBM": CANDIDATES["GBM"],
        "BOM": CANDIDATES["BOM"],
        "OGB": CANDIDATES["OGB"],
        "C3O": _c3o,
        "perfledger": OURS,
        "perfledger, medians only": OURS,
    }
)

FROM_REPEATS = frozenset({"perfledger"})
"""Those that learn from all repeats of a row, as a ledger has them; others from the median."""
