"""The block of a program that is recorded.

Nothing here may fail the program: whatever goes wrong is logged as a warning.
"""

import logging
import os
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from contextvars import Token
from datetime import UTC
from datetime import datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from ledger.capture.inputs import size_of
from ledger.recording.draft import draft_of
from ledger.recording.handing_over import HANDING_OVER
from ledger.recording.handing_over import home_of
from ledger.recording.queue import Queue
from ledger.recording.run import Run
from ledger.recording.usage import Usage

_log = logging.getLogger(__name__)

Places = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_innermost: ContextVar["Recording | None"] = ContextVar("perfledger_recording", default=None)


class Recording:
    """Records what happens in a ``with`` block, which gets its `Run`; made by `recording`.

    It is for one block; `recording` makes another.

    Attributes:
        run: what the program says of it.
        outer: the recording that it is within, if there is one.
        usage: what it uses, once it has begun.
    """

    def __init__(
        self, run: Run, places: Places | None, home: Path | str | None, *, nests: bool = True
    ) -> None:
        self.run = run
        self._places = places
        self._home = home
        self._nests = nests
        self.outer: Recording | None = None
        self._token: Token[Recording | None] | None = None
        self.usage: Usage | None = None
        self._pid = os.getpid()
        self._started_at = datetime.now(UTC)

    def __enter__(self) -> Run:
        """Begin to measure."""
        try:
            HANDING_OVER.at_the_end(home_of(self._home))
            if self._places is not None:
                self.run.input_bytes = _size(self._places)
            self.outer = _innermost.get()
            if self._nests:
                self._token = _innermost.set(self)
            self._started_at = datetime.now(UTC)
            self.usage = Usage(self._around())
        except Exception:  # noqa: BLE001 - the job is worth more than its record
            _log.warning("this run of %r will not be recorded", self.run.job, exc_info=True)
        return self.run

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Record what was measured; an exception goes on."""
        try:
            if self.usage is not None and self._pid == os.getpid():  # or it is a forked child's
                self._put(self.usage, error)
        except Exception:  # noqa: BLE001 - the job has ended as it has, whatever this does
            _log.warning("a run of %r could not be recorded", self.run.job, exc_info=True)
        finally:
            if self._token is not None:
                with suppress(ValueError):  # it ends in another context than it began in
                    _innermost.reset(self._token)

    def _put(self, usage: Usage, error: BaseException | None) -> None:
        runtime_seconds, measured = usage.end()
        draft = draft_of(
            self.run,
            started_at=self._started_at,
            runtime_seconds=runtime_seconds,
            measured=measured,
            error=error,
        )
        _queue(home_of(self._home)).put(draft, os.environ.get("PERFLEDGER_GROUP"))
        HANDING_OVER.soon()

    def _around(self) -> list[Usage]:
        found = []
        outer = self.outer
        while outer is not None:
            if outer.usage is not None:
                found.append(outer.usage)
            outer = outer.outer
        return found


def recording(
    job: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    input: Places | None = None,  # noqa: A002 - as `perfledger run` calls it
    input_bytes: int | None = None,
    traits: Mapping[str, Any] | None = None,
    framework: str = "python",
    framework_version: str | None = None,
    configuration: Mapping[str, Any] | None = None,
    nodes: int | None = None,
    cores: int | None = None,
    machine_type: str | None = None,
    home: Path | str | None = None,
) -> Recording:
    """Record the block of a ``with`` statement.

    The block gets a `Run`, on which it can say more until it ends. Where it ends in an exception,
    the run has failed; where by an interrupt or a cancellation, it was killed. Both go on as they
    would without this.

    Args:
        job: name under which runs are compared.
        parameters: of the algorithm.
        input: files or folders it reads; their size is taken when it begins.
        input_bytes: size of the input in bytes, where it is not local.
        traits: named properties of the input.
        framework: what executes it.
        framework_version: its version; Python's if it is that.
        configuration: settings of the framework.
        nodes: number of worker nodes; this machine if absent, as are the next two.
        cores: cores used on each node.
        machine_type: machine type of a node.
        home: the ledger's home folder; ``PERFLEDGER_HOME``, or else the user's, if absent.
    """
    run = Run(
        job,
        parameters=dict(parameters or {}),
        input_bytes=input_bytes,
        traits=dict(traits or {}),
        framework=framework,
        framework_version=framework_version,
        configuration=dict(configuration or {}),
        nodes=nodes,
        cores=cores,
        machine_type=machine_type,
    )
    return Recording(run, input, home)


def current_run() -> Run:
    """The run around the caller, the innermost; one that is not recorded, where there is none.

    So a function can name its stages whether it is recorded or not.
    """
    innermost = _innermost.get()
    return Run("") if innermost is None else innermost.run


@cache
def _queue(home: Path) -> Queue:
    return Queue(home)


def _size(places: Places) -> int | None:
    several = [places] if isinstance(places, str | os.PathLike) else places
    try:
        return size_of([Path(each) for each in several])
    except Exception as error:  # noqa: BLE001 - the job finds out itself that its input is not there
        _log.warning("the size of the input is not recorded: %s", error)
        return None
