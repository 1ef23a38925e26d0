"""Running a command and recording how it ran."""

import secrets
import signal
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from pydantic import TypeAdapter
from pydantic import ValidationError

from ledger.capture.child import Child
from ledger.capture.child import Usage
from ledger.capture.forwarding import SignalForwarding
from ledger.capture.machine import local_cluster
from ledger.capture.redaction import redact
from ledger.capture.redaction import redact_values
from ledger.capture.sampling import Sample
from ledger.capture.sampling import TreeSampler
from ledger.errors import PerfledgerError
from ledger.record.codec import InvalidRecordError
from ledger.record.schema import Cluster
from ledger.record.schema import CommandOrigin
from ledger.record.schema import Input
from ledger.record.schema import Job
from ledger.record.schema import Metrics
from ledger.record.schema import Record
from ledger.record.schema import Scalar
from ledger.record.schema import Scalars
from ledger.record.schema import Status

MAX_ARGUMENTS = 256
MAX_ARGUMENT_LENGTH = 1024
MAX_ARGV_LENGTH = 64 * 1024
_SCANNED_LENGTH = 8 * MAX_ARGUMENT_LENGTH

_SCALARS: TypeAdapter[dict[str, Scalar]] = TypeAdapter(Scalars)


class CommandNotStartedError(PerfledgerError):
    """The command exists but cannot be executed (exit code as in a POSIX shell)."""

    exit_code: ClassVar[int] = 126


class CommandNotFoundError(CommandNotStartedError):
    """There is no such command (exit code as in a POSIX shell)."""

    exit_code: ClassVar[int] = 127


@dataclass(frozen=True, slots=True)
class _Execution:
    started_at: datetime
    runtime_seconds: float
    usage: Usage
    peak_bytes: int
    interrupted: bool


def run_command(
    argv: Sequence[str],
    *,
    job: Job,
    input: Input | None = None,  # noqa: A002 - the schema's name
    cluster: Cluster | None = None,
    configuration: Mapping[str, Scalar] | None = None,
    on_sample: Callable[[Sample], None] | None = None,
) -> Record:
    """Run a command to its end, measure it and its descendants, and return the record of it.

    Standard input, output and error pass through. SIGINT, SIGTERM, SIGHUP and SIGQUIT go to the
    command, and the record is still made, with status ``killed``. Credentials in the arguments,
    the job's parameters and the configuration are replaced (see `ledger.capture.redaction`).

    Wall time is of a monotonic clock, CPU time and bytes are of the command and the descendants it
    waited for, the peak memory is the largest of the samples (each the sum over the process tree)
    and of the kernel's maximum for a single process. What the command leaves running when it ends
    is not measured.

    Args:
        argv: the command and its arguments; no shell is involved.
        job: what is executed.
        input: what it works on.
        cluster: what it runs on; this machine if absent.
        configuration: settings of the framework.
        on_sample: called in this thread with every sample, e.g. to show progress.

    Raises:
        CommandNotFoundError: there is no such command.
        CommandNotStartedError: it cannot be executed.
        InvalidRecordError: the configuration does not fit into a record; nothing was run.
    """
    settings = _checked(redact_values(configuration or {}))
    cluster = cluster or local_cluster()
    execution = _execute(argv, on_sample)
    usage = execution.usage
    return Record(
        job=job.model_copy(update={"parameters": redact_values(job.parameters)}),
        input=input or Input(),
        cluster=cluster,
        configuration=settings,
        started_at=execution.started_at,
        runtime_seconds=execution.runtime_seconds,
        status=_status(execution),
        metrics=Metrics(
            cpu_seconds=usage.cpu_seconds,
            peak_memory_bytes=max(execution.peak_bytes, usage.peak_bytes) or None,
            read_bytes=usage.read_bytes,
            written_bytes=usage.written_bytes,
        ),
        origin=CommandOrigin(
            argv=recordable(argv), run_id=secrets.token_hex(16), exit_code=usage.return_code
        ),
    )


def recordable(argv: Sequence[str]) -> tuple[str, ...]:
    """The arguments as they go into a record: redacted, valid Unicode, of bounded length."""
    kept: list[str] = []
    room = MAX_ARGV_LENGTH
    for argument in redact([argument[:_SCANNED_LENGTH] for argument in argv]):
        if len(kept) == MAX_ARGUMENTS or room <= 0:
            kept.append(f"… {len(argv) - len(kept)} more")
            break
        text = argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        kept.append(text if len(text) <= MAX_ARGUMENT_LENGTH else text[:MAX_ARGUMENT_LENGTH] + "…")
        room -= len(kept[-1])
    return tuple(kept)


def _checked(configuration: dict[str, Scalar]) -> dict[str, Scalar]:
    try:
        return _SCALARS.validate_python(configuration)
    except ValidationError as error:
        raise InvalidRecordError.of(error) from error


def _execute(argv: Sequence[str], on_sample: Callable[[Sample], None] | None) -> _Execution:
    with SignalForwarding() as signals:
        started_at = datetime.now(UTC)
        started = time.monotonic()
        child = _start(argv)
        try:
            signals.to(child.send)
            sampler = TreeSampler(child.pid, started)
            while True:
                sample = sampler.sample()
                if on_sample is not None:
                    on_sample(sample)
                if child.ended(sampler.interval):
                    break
        except BaseException:
            child.kill()
            raise
        runtime_seconds = time.monotonic() - started
        usage = child.reap()
    return _Execution(
        started_at=started_at,
        runtime_seconds=runtime_seconds,
        usage=usage,
        peak_bytes=sampler.peak_bytes,
        interrupted=bool(signals.received),
    )


def _start(argv: Sequence[str]) -> Child:
    if not argv:
        raise CommandNotStartedError(
            "no command was given", hint="Write it behind `--`: perfledger run -- COMMAND…"
        )
    try:
        return Child(argv)
    except FileNotFoundError as error:
        if Path(argv[0]).exists():
            raise CommandNotStartedError(
                f"{argv[0]!r} exists, but not the program it is to be run with",
                hint="Check the path in its first line (#!…).",
            ) from error
        raise CommandNotFoundError(
            f"there is no command {argv[0]!r}", hint="Check its spelling and your PATH."
        ) from error
    except PermissionError as error:
        raise CommandNotStartedError(
            f"{argv[0]!r} must not be executed", hint="Make it executable: chmod +x FILE"
        ) from error
    except (OSError, ValueError) as error:
        raise CommandNotStartedError(
            f"{argv[0]!r} cannot be started: {error}",
            hint="A script needs a first line such as #!/bin/sh; or run it as `sh FILE`.",
        ) from error


def _status(execution: _Execution) -> Status:
    """A run that was told to stop is cut short, whatever exit code the command made of it."""
    code = execution.usage.return_code
    if execution.interrupted or code < 0 or code - 128 in {signal.SIGKILL, signal.SIGTERM}:
        return Status.KILLED
    return Status.SUCCEEDED if code == 0 else Status.FAILED
