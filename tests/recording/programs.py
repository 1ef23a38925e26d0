"""Programs of somebody's, run as processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ledger.recording.queue import Queue
from tests.cli.command import ENVIRONMENT

ROOT = Path(__file__).parents[2]
SECONDS = 120


def environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        **ENVIRONMENT,
        "PERFLEDGER_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }


def run(
    home: Path, program: str, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        env=environment(home) | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def drafts(home: Path) -> list[dict[str, Any]]:
    """What waits in the queue, oldest first."""
    return [json.loads(each.read_bytes()) for each in Queue(home).waiting()]
