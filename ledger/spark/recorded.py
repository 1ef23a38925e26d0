"""Turning the event log on, and leaving what comes after the end to another process.

Only the standard library is imported, and nothing here may fail the job: whatever goes wrong is
logged as a warning, and the builder given back as it was.
"""

import atexit
import logging
import os
import tempfile
from pathlib import Path
from typing import Any
from typing import Protocol
from typing import Self
from typing import TypeVar

from ledger.recording.handing_over import home_of
from ledger.recording.handing_over import start_in_background
from ledger.spark.queue import LogQueue

_log = logging.getLogger(__name__)


class Builder(Protocol):
    """What ``SparkSession.builder`` is, as far as it is used here."""

    def config(self, key: str, value: Any) -> Self:
        """Set a setting of the session."""


AnyBuilder = TypeVar("AnyBuilder", bound=Builder)


def recorded(
    builder: AnyBuilder, *, home: Path | str | None = None, map_file: Path | str | None = None
) -> AnyBuilder:
    """Have the application that a builder makes contributed when it has ended.

    Where it ends in an error, it is contributed as failed. Where it is killed, its log stays in the
    queue, and is taken as killed a day later, with another application's.

    Where ``PERFLEDGER_GROUP`` names a group, it is encrypted for that, whoever has it taken.

    Args:
        builder: ``SparkSession.builder``; nothing may have made a session yet.
        home: the ledger's home folder; ``PERFLEDGER_HOME``, or else the user's, if absent.
        map_file: names, parameters and machine types (docs/spark.md).
    """
    try:
        folder = home_of(home)
        place = LogQueue(folder).place_for(os.environ.get("PERFLEDGER_GROUP"))
        with tempfile.TemporaryFile(dir=place):
            pass  # Spark would not start where it cannot write
        settings = {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": place.as_uri(),
            "spark.eventLog.rolling.enabled": "false",
            "spark.eventLog.compress": "true",
            "spark.eventLog.compression.codec": "zstd",
            # Said a second time in each event of a task; Spark 4 can leave it out.
            "spark.eventLog.includeTaskMetricsAccumulators": "false",
        }
        configured = builder
        for key, value in settings.items():
            configured = configured.config(key, value)
        atexit.register(_hand_over, folder, map_file)
    except Exception:  # noqa: BLE001 - the job is worth more than its record
        _log.warning("this application will not be recorded", exc_info=True)
        return builder
    return configured


def _hand_over(home: Path, map_file: Path | str | None) -> None:
    """Start the process that takes logs from the queue; it outlives this one."""
    more = ["--map", str(Path(map_file).absolute())] if map_file else []
    try:
        start_in_background("ledger.spark.carrier", str(home), *more)
    except Exception:  # noqa: BLE001 - the job has ended well, and stays so
        _log.warning("what was recorded waits in %s", LogQueue(home).folder, exc_info=True)
