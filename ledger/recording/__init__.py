"""A part of a Python program becomes a record: a decorator and a context manager.

    from ledger.recording import recorded, recording

    @recorded("kmeans", parameters=["k"], input="points")
    def cluster(points, k): ...

    with recording("nightly", parameters={"k": 5}) as run:
        with run.stage("load"): ...

What was measured goes into a queue beside the ledger's home folder, and another process takes it
from there. The program waits for nothing and never fails of it: what goes wrong is logged.
"""

from ledger.recording.context import current_run
from ledger.recording.context import recording
from ledger.recording.decorator import recorded
from ledger.recording.run import Run
from ledger.recording.run import Stage

__all__ = ["Run", "Stage", "current_run", "recorded", "recording"]
