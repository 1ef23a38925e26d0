"""What is known, arranged for many questions.

Sorting records out takes longer than asking a model. So it is done once for a set of records and a
kind of question; whoever asks again with the same records finds it done.
"""

import hashlib
import threading
from collections import OrderedDict
from collections import defaultdict
from collections.abc import Hashable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from ledger.model.basis import Basis
from ledger.model.basis import basis_of
from ledger.model.basis import kind_of
from ledger.model.columns import Runs
from ledger.model.columns import runs_of
from ledger.model.observation import Observation
from ledger.model.observation import Query

MOST_KINDS = 64
"""Of questions whose basis is held: with as many runs as the app reads, a megabyte each."""


class Known:
    """Records of any jobs; threads may share it.

    Args:
        records: they must not change afterwards.
        gathered: runs by the names of their jobs that are in columns already.
    """

    def __init__(
        self, records: Sequence[Observation] = (), gathered: Mapping[str, Runs] | None = None
    ) -> None:
        self._records: defaultdict[str, list[Observation]] = defaultdict(list)
        for each in records:
            self._records[each.record.job.name].append(each)
        self._runs = dict(gathered or {})
        self._bases: OrderedDict[Hashable, Basis] = OrderedDict()
        self._lock = threading.Lock()

    def basis(self, query: Query) -> Basis:
        """The runs that a question of this kind rests on; see `basis_of`."""
        kind = kind_of(query)
        with self._lock:
            if kind not in self._bases:
                self._bases[kind] = basis_of(self._of_job(query.job), query)
                if len(self._bases) > MOST_KINDS:
                    self._bases.popitem(last=False)
            self._bases.move_to_end(kind)
            return self._bases[kind]

    def runs(self, job: str) -> Runs:
        """The runs of a job that count."""
        with self._lock:
            return self._of_job(job)

    def _of_job(self, job: str) -> Runs:
        if job not in self._runs:
            self._runs[job] = runs_of(self._records.pop(job, ()))
        return self._runs[job]


def digest_of(records: Sequence[Observation]) -> str:
    """SHA-256 by which a set of records is known again."""
    digest = hashlib.sha256("\n".join([each.cid for each in records]).encode())
    for numbers in (
        [each.weight for each in records],
        [each.record.runtime_seconds for each in records],
    ):
        digest.update(np.array(numbers, dtype=np.float64).tobytes())
    return digest.hexdigest()
