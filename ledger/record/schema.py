"""The record of one execution of a distributed dataflow job.

How the schema evolves: ``version`` names the set of fields. A new optional field may be added
within a version, because fields that are absent leave no trace in the canonical form and so every
existing CID stays what it is. Renaming, removing or changing the unit or meaning of a field takes
a new version with its own model; a reader keeps the models of all versions it ever accepted.

Units are in the names: seconds and bytes everywhere.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated
from typing import Any
from typing import Literal

from pydantic import AfterValidator
from pydantic import AwareDatetime
from pydantic import BaseModel
from pydantic import BeforeValidator
from pydantic import ConfigDict
from pydantic import Field
from pydantic import PlainSerializer
from pydantic import StrictBool
from pydantic import StringConstraints
from pydantic import model_serializer
from pydantic.functional_serializers import SerializerFunctionWrapHandler

from ledger.record import cid

MAX_SAFE_INTEGER = (1 << 53) - 1
"""Integers beyond this do not survive a JSON reader that uses IEEE 754 doubles (RFC 8259, 6)."""

MAX_ENTRIES = 512
MAX_STAGES = 1024
MAX_PARENTS = 64


def _canonical_number(value: Any) -> Any:
    """3 and 3.0 are one value and must have one name, in JSON readers of every language."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_SAFE_INTEGER:
        return int(value)
    if isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        return _double(value)
    return value


def _double(value: int) -> float:
    """A large whole double, where a JSON writer has left out its point or its exponent.

    Python writes its exact value, JavaScript its shortest digits and zeros.
    """
    with suppress(OverflowError):
        double = float(value)
        if value in {int(double), int(Decimal(repr(double)))}:
            return double
    msg = f"integers beyond ±{MAX_SAFE_INTEGER} lose digits in JSON; write it as text"
    raise ValueError(msg)


def _whole(value: Any) -> Any:
    """2.0 is 2, as JSON writers of some languages have it; what is no number is left as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_truth(value: Any) -> Any:
    """To Python True is 1, and would pass as it."""
    if isinstance(value, bool):
        msg = "Input should be 1"
        raise ValueError(msg)  # noqa: TRY004 - pydantic names the field of a ValueError
    return value


def _positive_zero(value: float) -> float:
    return value + 0.0


def _absent_if_empty(part: "Metrics | None") -> "Metrics | None":
    """An empty part leaves no trace in the canonical form, so it must not differ from none."""
    return part if part is not None and part.model_fields_set and part.model_dump() else None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _in_order(paths: tuple[str, ...]) -> tuple[str, ...]:
    if list(paths) != sorted(set(paths)):
        msg = "paths must be different and in order"
        raise ValueError(msg)
    return paths


def _require_cid(text: str) -> str:
    try:
        cid.from_text(text)
    except cid.InvalidCIDError as error:
        raise ValueError(error.message) from error  # so that the field is named with it
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=256, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=4096)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Integer = Annotated[int, Field(strict=True, ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Scalar = Annotated[StrictBool | Integer | Number | Text, BeforeValidator(_canonical_number)]
Scalars = Annotated[dict[Name, Scalar], Field(max_length=MAX_ENTRIES)]
Count = Annotated[int, Field(strict=True, ge=0, le=MAX_SAFE_INTEGER), BeforeValidator(_whole)]
PositiveCount = Annotated[
    int, Field(strict=True, ge=1, le=MAX_SAFE_INTEGER), BeforeValidator(_whole)
]
ExitCode = Annotated[int, Field(strict=True, ge=-255, le=255), BeforeValidator(_whole)]
Seconds = Annotated[
    float, Field(strict=True, ge=0, allow_inf_nan=False), AfterValidator(_positive_zero)
]
Moment = Annotated[AwareDatetime, AfterValidator(_utc), PlainSerializer(_rfc3339, return_type=str)]
RecordCID = Annotated[str, AfterValidator(_require_cid)]
SHA256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


_CONTAINERS = frozenset({dict, list, tuple})


class Part(BaseModel):
    """A part of a record: immutable, unknown fields refused, absent fields left out."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, ser_json_inf_nan="strings", validate_default=False
    )

    @model_serializer(mode="wrap")
    def _leave_out_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {
            name: value
            for name, value in handler(self).items()
            if value is not None and (value or value.__class__ not in _CONTAINERS)
        }


class Framework(Part):
    """The dataflow system that executed the job."""

    name: Name = Field(description="Framework, e.g. 'spark', 'flink', 'hadoop'.")
    version: Name | None = Field(None, description="Its version, e.g. '3.5.1'.")


class Job(Part):
    """What was executed."""

    name: Name = Field(description="Name under which runs of the job are compared, e.g. 'sort'.")
    framework: Framework = Field(description="The system that executed it.")
    algorithm: Name | None = Field(None, description="Algorithm, where the name does not say it.")
    parameters: Scalars = Field(
        default_factory=dict, description="The algorithm's parameters, e.g. {'k': 5}."
    )


class Input(Part):
    """What the job worked on."""

    size_bytes: Count | None = Field(None, description="Size of the input in bytes.")
    characteristics: Scalars = Field(
        default_factory=dict,
        description="Named properties of the input, e.g. {'lines': 150000000}.",
    )


class Cluster(Part):
    """What the job ran on."""

    nodes: PositiveCount = Field(description="Number of worker nodes (the scale-out).")
    machine_type: Name | None = Field(
        None, description="Machine type of a node, e.g. 'm4.2xlarge'."
    )
    cores_per_node: PositiveCount | None = Field(None, description="Cores of one node.")
    memory_bytes_per_node: PositiveCount | None = Field(
        None, description="Memory of one node in bytes."
    )
    provider: Name | None = Field(None, description="Who runs the machines, e.g. 'aws'.")
    region: Name | None = Field(None, description="The provider's region, e.g. 'eu-central-1'.")


class Metrics(Part):
    """Resources used by the whole execution, summed over all nodes unless said otherwise."""

    cpu_seconds: Seconds | None = Field(None, description="CPU time, user and system.")
    peak_memory_bytes: Count | None = Field(
        None, description="Largest resident memory at one moment."
    )
    read_bytes: Count | None = Field(None, description="Bytes read from storage or pipes.")
    written_bytes: Count | None = Field(None, description="Bytes written to storage or pipes.")
    shuffle_read_bytes: Count | None = Field(None, description="Bytes read in shuffles.")
    shuffle_written_bytes: Count | None = Field(None, description="Bytes written for shuffles.")
    spilled_bytes: Count | None = Field(None, description="Bytes spilled from memory to disk.")
    gc_seconds: Seconds | None = Field(None, description="Time spent in garbage collection.")
    read_records: Count | None = Field(
        None, description="Records read: from storage or pipes, of a stage also from other stages."
    )
    written_records: Count | None = Field(
        None, description="Records written: to storage or pipes, of a stage also to other stages."
    )
    spilled_records: Count | None = Field(
        None, description="Records spilled from memory to disk, each as often as it was."
    )
    reserved_core_seconds: Seconds | None = Field(
        None, description="Cores that were reserved, each times the seconds for which it was."
    )
    reserved_memory_byte_seconds: Seconds | None = Field(
        None, description="Bytes of memory that were reserved, each times the seconds."
    )
    busy_seconds: Seconds | None = Field(
        None, description="Time in which tasks worked, added up over tasks."
    )
    backpressured_seconds: Seconds | None = Field(
        None, description="Time in which tasks waited for others to take what they put out."
    )
    restarts: Count | None = Field(
        None, description="Times that failures made the execution start again."
    )
    checkpoints: Count | None = Field(None, description="Checkpoints that were completed.")


OptionalMetrics = Annotated[Metrics | None, AfterValidator(_absent_if_empty)]


class Stage(Part):
    """One stage of the execution."""

    name: Name = Field(description="Name of the stage.")
    runtime_seconds: Seconds = Field(description="Wall time from its first task to its last.")
    tasks: PositiveCount | None = Field(None, description="Number of tasks.")
    failed_tasks: Count | None = Field(None, description="Number of failed task attempts.")
    metrics: OptionalMetrics = Field(None, description="Resources used by the stage.")


class Commitment(Part):
    """Values that are withheld, and can be disclosed later one by one.

    ``docs/privacy.md`` says what the root is made of.
    """

    root: Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")] = Field(
        description="Root of the Merkle tree over the withheld values, in hexadecimal."
    )
    fields: Annotated[
        tuple[Path, ...], Field(min_length=1, max_length=MAX_ENTRIES), AfterValidator(_in_order)
    ] = Field(description="Their paths in the record, in order, e.g. 'input.size_bytes'.")


class Status(StrEnum):
    """How the execution ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    KILLED = "killed"


class FileOrigin(Part):
    """The record was read from a file."""

    kind: Literal["file"] = "file"
    sha256: SHA256Hex = Field(description="SHA-256 of the source file, in hexadecimal.")
    name: Name | None = Field(None, description="Name of the source file, without folders.")
    row: PositiveCount = Field(description="Row of the source file; the first data row is 1.")


class CommandOrigin(Part):
    """The record was measured around a command."""

    kind: Literal["command"] = "command"
    argv: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_ENTRIES)] = Field(
        description="The command and its arguments."
    )
    run_id: Name = Field(description="Random identifier that tells repeated runs apart.")
    exit_code: ExitCode | None = Field(
        None, description="Exit code; negative: ended by that signal."
    )


class EventLogOrigin(Part):
    """The record was read from a framework's own event log."""

    kind: Literal["event-log"] = "event-log"
    application_id: Name = Field(description="The framework's identifier of the execution.")
    attempt: Name | None = Field(
        None, description="Which attempt it was, where the framework started it more than once."
    )
    sha256: SHA256Hex | None = Field(
        None, description="SHA-256 of the log's events, uncompressed, in hexadecimal."
    )


class ProgramOrigin(Part):
    """The record was measured inside a program, around a part of it."""

    kind: Literal["program"] = "program"
    run_id: Name = Field(description="Random identifier that tells repeated runs apart.")
    function: Name | None = Field(
        None, description="The function that ran, where it was one, with its module."
    )
    error: Name | None = Field(
        None, description="Type of the exception that ended it; its message is not recorded."
    )


class FormOrigin(Part):
    """The record was entered or uploaded by a person, as a record."""

    kind: Literal["form"] = "form"
    note: Text | None = Field(None, description="Where the figures come from.")


Origin = Annotated[
    FileOrigin | CommandOrigin | ProgramOrigin | EventLogOrigin | FormOrigin,
    Field(discriminator="kind"),
]


class Record(Part):
    """One execution of a job: what ran, on what, how long it took and what it used.

    A failed execution is a record too. Repeats of one configuration are told apart by their
    origin. ``parents`` name earlier records this one derives from; they are text and not links,
    so that nobody can make the pin of a batch wait for a block that does not exist.
    """

    version: Annotated[Literal[1], BeforeValidator(_no_truth)] = Field(
        1, description="Version of this schema."
    )
    job: Job = Field(description="What was executed.")
    input: Input = Field(default_factory=Input, description="What it worked on.")
    cluster: Cluster = Field(description="What it ran on.")
    configuration: Scalars = Field(
        default_factory=dict, description="Settings of the framework, by their own keys."
    )
    started_at: Moment | None = Field(None, description="Start of the execution (RFC 3339, UTC).")
    runtime_seconds: Seconds = Field(description="Wall time of the whole execution.")
    status: Status = Field(Status.SUCCEEDED, description="How the execution ended.")
    metrics: OptionalMetrics = Field(None, description="Resources used.")
    stages: Annotated[tuple[Stage, ...], Field(max_length=MAX_STAGES)] = Field(
        (), description="Detail per stage, in order of start."
    )
    origin: Origin = Field(description="What captured this record.")
    parents: Annotated[tuple[RecordCID, ...], Field(max_length=MAX_PARENTS)] = Field(
        (), description="CIDs of records this one derives from."
    )
    commitment: Commitment | None = Field(
        None, description="What is withheld and can be disclosed later."
    )


def json_schema() -> Mapping[str, Any]:
    """The JSON Schema (2020-12) of a record, as the app publishes it."""
    return MappingProxyType(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **Record.model_json_schema()}
    )
