"""The counters of a MapReduce job.

Source: ``…/jobs/{jobid}/counters`` in "MapReduce History Server REST API's" of Hadoop.
"""

from typing import Any

from ledger.capture.answers import objects_in
from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of

TOTAL = "totalCounterValue"
OF_MAPS = "mapCounterValue"
OF_REDUCES = "reduceCounterValue"

_FILE_SYSTEMS = "FileSystemCounter"
_INPUT = "FileInputFormatCounter"
_OUTPUT = "FileOutputFormatCounter"
_LOCAL = "FILE"

Values = dict[str, int]


class Counters:
    """Counters by group and name.

    Args:
        answer: what the server says of them.

    Raises:
        ValueError: it does not hold what Hadoop answers.
    """

    def __init__(self, answer: Any) -> None:
        self._groups: dict[str, dict[str, Values]] = {}
        for group in objects_in(part_of(answer, "jobCounters", "counterGroup")):
            # Some releases name groups by their Java class, with another ending in the plural.
            name = text_of(group, "counterGroupName").rpartition(".")[2].removesuffix("s")
            self._groups[name] = {
                text_of(each, "name"): {
                    what: count_of(each, what) for what in (TOTAL, OF_MAPS, OF_REDUCES)
                }
                for each in objects_in(group.get("counter"))
            }

    def of(self, name: str, what: str = TOTAL, *, group: str = "TaskCounter") -> int | None:
        """The value of a counter; None: the job does not have it."""
        found = self._groups.get(group, {}).get(name)
        return None if found is None else found[what]

    def of_job(self, *names: str) -> int | None:
        """The sum of counters that the job itself keeps, not its tasks."""
        found = [self.of(each, group="JobCounter") for each in names]
        return None if all(each is None for each in found) else sum(each or 0 for each in found)

    def input_bytes(self) -> int | None:
        """What input formats say that they read; they read nothing twice."""
        return self.of("BYTES_READ", group=_INPUT)

    def read_bytes(self, what: str = TOTAL) -> int | None:
        """Read from distributed file systems; where there are none, what input formats read."""
        return self._beyond("_BYTES_READ", what) or self.of("BYTES_READ", what, group=_INPUT)

    def written_bytes(self, what: str = TOTAL) -> int | None:
        """Written to them, or by output formats."""
        return self._beyond("_BYTES_WRITTEN", what) or self.of("BYTES_WRITTEN", what, group=_OUTPUT)

    def _beyond(self, ending: str, what: str) -> int:
        """Over file systems other than the nodes' own, which hold what is between the tasks."""
        return sum(
            values[what]
            for name, values in self._groups.get(_FILE_SYSTEMS, {}).items()
            if name.endswith(ending) and name != _LOCAL + ending
        )
