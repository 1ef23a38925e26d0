"""The command as a shell would call it, without the second that a new process takes to import."""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import redirect_stderr
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ledger.cli import main
from ledger.record.schema import Record

ENVIRONMENT = {
    "PERFLEDGER_CHAIN_PORT": "0",
    "PERFLEDGER_APP_PORT": "0",
    "PERFLEDGER_DEV_VALIDATORS": "2",
    "PERFLEDGER_QUORUM": "1",
    "PERFLEDGER_SYNC_SECONDS": "0.05",
}
"""A small ledger, on ports that are free."""


@dataclass(frozen=True)
class Outcome:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


def perfledger(home: Path, *arguments: str | Path, **environment: str) -> Outcome:
    """Call the command through its entry point."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["perfledger", "--home", str(home), *map(str, arguments)]
    with (
        patch.object(sys, "argv", argv),
        patch.dict(os.environ, ENVIRONMENT | environment),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


def succeed(home: Path, *arguments: str | Path, **environment: str) -> Outcome:
    """Call the command and require that it does what it should."""
    outcome = perfledger(home, *arguments, **environment)
    assert outcome.code == 0, outcome.err
    return outcome


def write_records(path: Path, records: list[Record]) -> Path:
    """A JSONL file of records."""
    path.write_text("".join(f"{record.model_dump_json()}\n" for record in records))
    return path


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
