"""Which settings of MapReduce a record keeps: those that runtime depends on.

None of them tells who ran it, where, or with which credentials.
"""

from collections.abc import Mapping
from typing import Any

from ledger.capture.answers import objects_in
from ledger.capture.figures import part_of
from ledger.capture.redaction import redact_values
from ledger.record.schema import Scalar

MAX_VALUE_LENGTH = 256
MOST_SETTINGS = 20_000
MAX_SETTING_LENGTH = 8192

KEPT = (
    "dfs.blocksize",
    "dfs.replication",
    "io.file.buffer.size",
    "mapreduce.framework.name",
    "mapreduce.input.fileinputformat.split.maxsize",
    "mapreduce.input.fileinputformat.split.minsize",
    "mapreduce.job.jvm.numtasks",
    "mapreduce.job.maps",
    "mapreduce.job.reduce.slowstart.completedmaps",
    "mapreduce.job.reduces",
    "mapreduce.job.ubertask.enable",
    "mapreduce.map.cpu.vcores",
    "mapreduce.map.maxattempts",
    "mapreduce.map.memory.mb",
    "mapreduce.map.output.compress",
    "mapreduce.map.output.compress.codec",
    "mapreduce.map.sort.spill.percent",
    "mapreduce.map.speculative",
    "mapreduce.output.fileoutputformat.compress",
    "mapreduce.output.fileoutputformat.compress.codec",
    "mapreduce.reduce.cpu.vcores",
    "mapreduce.reduce.input.buffer.percent",
    "mapreduce.reduce.maxattempts",
    "mapreduce.reduce.memory.mb",
    "mapreduce.reduce.shuffle.input.buffer.percent",
    "mapreduce.reduce.shuffle.merge.percent",
    "mapreduce.reduce.shuffle.parallelcopies",
    "mapreduce.reduce.speculative",
    "mapreduce.task.io.sort.factor",
    "mapreduce.task.io.sort.mb",
    "yarn.app.mapreduce.am.resource.cpu-vcores",
    "yarn.app.mapreduce.am.resource.mb",
    "yarn.nodemanager.resource.cpu-vcores",
    "yarn.nodemanager.resource.memory-mb",
    "yarn.scheduler.maximum-allocation-mb",
    "yarn.scheduler.minimum-allocation-mb",
)
"""Listed in docs/hadoop.md too. A map adds others by name."""


def settings_in(answer: Any) -> dict[str, str]:
    """The settings of ``…/jobs/{jobid}/conf``, by name.

    Raises:
        ValueError: it does not hold what Hadoop answers.
    """
    found: dict[str, str] = {}
    for each in objects_in(part_of(answer, "conf", "property"))[:MOST_SETTINGS]:
        name, value = each.get("name"), each.get("value")
        if isinstance(name, str) and isinstance(value, str):
            found[name[:256]] = value[:MAX_SETTING_LENGTH]
    return found


def kept_settings(settings: Mapping[str, str]) -> dict[str, Scalar]:
    """Those that a record keeps, without credentials."""
    return redact_values(
        {name: settings[name][:MAX_VALUE_LENGTH] for name in KEPT if name in settings}
    )
