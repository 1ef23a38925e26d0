"""What a prediction is made from, and what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

from ledger.record.schema import Record
from ledger.record.schema import Scalar

WORKER_PARAMETERS = ("workers", "num_workers", "parallelism", "threads", "num_threads")
"""Parameters that say how many workers a job used on each node."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A record of the ledger and how much it counts.

    Attributes:
        cid: name of the record.
        record: the record.
        weight: 0 or less: not used at all.
        contributor: address of who handed it in; None: not known.
        properties: see `properties_of`; gathered once, as every prediction asks for them.
    """

    cid: str
    record: Record
    weight: float = 1.0
    contributor: str | None = None
    properties: Mapping[str, Scalar] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Gather the properties."""
        object.__setattr__(self, "properties", properties_of(self.record))


@dataclass(frozen=True, slots=True)
class Query:
    """A run whose runtime is asked for.

    Attributes:
        job: name of the job.
        nodes: scale-out.
        framework: name of the framework; None: any.
        size_bytes: size of the input.
        machine_type: machine type of the nodes; None: that of most records.
        cores_per_node: cores of a node; lets runs on other machine types count.
        parameters: the algorithm's parameters.
        characteristics: named properties of the input.
        contributor: address of who will run it, whose runs are told from those of others; None:
            all runs count as if they were one's own.
    """

    job: str
    nodes: int
    framework: str | None = None
    size_bytes: int | None = None
    machine_type: str | None = None
    cores_per_node: int | None = None
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    characteristics: Mapping[str, Scalar] = field(default_factory=dict)
    contributor: str | None = None

    @property
    def properties(self) -> dict[str, Scalar]:
        """Parameters and characteristics by their paths, without the number of workers."""
        return _properties(self.parameters, self.characteristics)


def properties_of(record: Record) -> dict[str, Scalar]:
    """Parameters and characteristics by their paths, without the number of workers."""
    return _properties(record.job.parameters, record.input.characteristics)


def workers_of(parameters: Mapping[str, Scalar]) -> int | None:
    """The number of workers per node that parameters name, if they do."""
    for name in WORKER_PARAMETERS:
        value = parameters.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def scale_of(
    nodes: int, parameters: Mapping[str, Scalar], cores_per_node: int | None, *, by_core: bool
) -> float:
    """The scale-out: nodes, times the workers on each where a parameter says how many.

    Args:
        nodes: number of nodes.
        parameters: the job's parameters.
        cores_per_node: cores of a node.
        by_core: count cores instead of nodes, to compare different machine types.
    """
    workers = workers_of(parameters)
    if workers is not None:
        return float(nodes * workers)
    return float(nodes * (cores_per_node or 1)) if by_core else float(nodes)


def _properties(
    parameters: Mapping[str, Scalar], characteristics: Mapping[str, Scalar]
) -> dict[str, Scalar]:
    return {
        **{
            f"job.parameters.{name}": value
            for name, value in parameters.items()
            if name not in WORKER_PARAMETERS
        },
        **{f"input.characteristics.{name}": value for name, value in characteristics.items()},
    }
