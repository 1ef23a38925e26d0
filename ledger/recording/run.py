"""A part of a program while it runs, and what the program says of it."""

import heapq
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import field
from typing import Any

MOST_STAGES = 1_024
"""A record holds no more; those that took longest stay."""

_within: ContextVar["tuple[Run, Stage] | None"] = ContextVar("perfledger_stage", default=None)


@dataclass(eq=False)
class Stage:
    """A stage of a run.

    Attributes:
        name: as the record has it; a stage within another is named after both, ``load / parse``.
        tasks: how many tasks it had.
        failed_tasks: how many attempts at them failed.
        metrics: figures under the names of a record's metrics, in seconds and bytes.
        runtime_seconds: how long it took, once it has ended.
    """

    name: str
    tasks: int | None = None
    failed_tasks: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    runtime_seconds: float = 0.0


@dataclass(eq=False)
class Run:
    """A run that will be a record. Everything may be changed until it ends.

    Attributes:
        job: name under which runs are compared.
        parameters: of the algorithm.
        input_bytes: size of the input in bytes.
        traits: named properties of the input.
        framework: what executes it.
        framework_version: its version.
        configuration: settings of the framework.
        nodes: number of worker nodes; this machine if absent, as are the next two.
        cores: cores used on each node.
        machine_type: machine type of a node.
        metrics: figures under the names of a record's metrics, in seconds and bytes; they replace
            what is measured.
        function: the function that runs, if it is one.
        run_id: tells repeated runs apart.
    """

    job: str
    parameters: dict[str, Any] = field(default_factory=dict)
    input_bytes: int | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    framework: str = "python"
    framework_version: str | None = None
    configuration: dict[str, Any] = field(default_factory=dict)
    nodes: int | None = None
    cores: int | None = None
    machine_type: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    function: str | None = None
    run_id: str = field(default_factory=lambda: secrets.token_hex(16))

    def __post_init__(self) -> None:
        """No stage has begun."""
        self._stages: list[tuple[float, int, Stage]] = []
        self._begun = 0

    @contextmanager
    def stage(self, name: str, *, tasks: int | None = None) -> Iterator[Stage]:
        """A stage of this run, which lasts as long as the block; stages may hold others.

        Args:
            name: of the stage.
            tasks: how many tasks it has.
        """
        outer = _within.get()
        is_inner = outer is not None and outer[0] is self
        stage = Stage(f"{outer[1].name} / {name}" if outer and is_inner else str(name), tasks)
        self._begun += 1
        place = self._begun
        _within.set((self, stage))
        started = time.monotonic()
        try:
            yield stage
        finally:
            stage.runtime_seconds = time.monotonic() - started
            _within.set(outer)
            self._keep(stage, place)

    @property
    def stages(self) -> list[Stage]:
        """The stages that have ended, in the order in which they began."""
        return [stage for _, _, stage in sorted(self._stages, key=lambda each: each[1])]

    def _keep(self, stage: Stage, place: int) -> None:
        entry = (stage.runtime_seconds, place, stage)
        if len(self._stages) < MOST_STAGES:
            heapq.heappush(self._stages, entry)
        else:
            heapq.heappushpop(self._stages, entry)
