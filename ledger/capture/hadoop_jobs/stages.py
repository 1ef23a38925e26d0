"""The two stages of a MapReduce job, and what their tasks add up to."""

from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import text_of
from ledger.capture.hadoop_jobs.counters import Counters
from ledger.capture.hadoop_jobs.usage import usage_of_maps
from ledger.capture.hadoop_jobs.usage import usage_of_reduces
from ledger.record.schema import Metrics
from ledger.record.schema import Stage


def stages_of(about: Any, tasks: list[dict[str, Any]], counters: Counters) -> list[Stage]:
    """Map and reduce, as far as they had tasks that began.

    Args:
        about: the job.
        tasks: of the job.
        counters: of the job.

    Raises:
        ValueError: something does not hold what Hadoop answers.
    """
    reduces = count_of(about, "reducesTotal") > 0
    found = [
        _stage(
            "map",
            tasks,
            count_of(about, "failedMapAttempts"),
            usage_of_maps(counters, reduces=reduces),
        ),
        _stage(
            "reduce", tasks, count_of(about, "failedReduceAttempts"), usage_of_reduces(counters)
        ),
    ]
    return [stage for stage in found if stage is not None]


def _stage(name: str, tasks: list[dict[str, Any]], failed: int, metrics: Metrics) -> Stage | None:
    own = [each for each in tasks if text_of(each, "type").lower() == name]
    started = [moment for each in own if (moment := count_of(each, "startTime"))]
    if not started:
        return None
    ended = max(count_of(each, "finishTime") for each in own)
    return Stage(
        name=name,
        runtime_seconds=max(0, ended - min(started)) / 1000,
        tasks=len(own),
        failed_tasks=failed,
        metrics=metrics,
    )
