"""Columns of an upload, and which field of a record each of them fills."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from ledger.capture.beginning import Beginning
from ledger.capture.beginning import Column
from ledger.capture.guess import guess_columns
from ledger.capture.guess import source_of
from ledger.capture.mapping import Mapping
from ledger.capture.mapping import mapping_from_toml
from ledger.capture.mapping import mapping_of
from ledger.capture.mapping_text import mapping_to_toml
from ledger.capture.targets import FIELDS
from ledger.capture.targets import MAPS
from ledger.capture.targets import Kind
from ledger.capture.targets import kind_of
from ledger.capture.targets import map_of
from ledger.capture.units import UNITS
from ledger.capture.units import Dimension
from ledger.errors import InvalidInputError

IGNORED = ""

LABELS = {
    "job.name": "Job name",
    "job.framework.name": "Framework",
    "job.framework.version": "Framework version",
    "job.algorithm": "Algorithm",
    "cluster.nodes": "Nodes (scale-out)",
    "cluster.machine_type": "Machine type",
    "cluster.cores_per_node": "Cores per node",
    "cluster.memory_bytes_per_node": "Memory per node",
    "cluster.provider": "Provider",
    "cluster.region": "Region",
    "input.size_bytes": "Input size",
    "runtime_seconds": "Runtime",
    "started_at": "Start (RFC 3339)",
    "status": "Outcome",
    "metrics.cpu_seconds": "CPU time",
    "metrics.peak_memory_bytes": "Peak memory",
    "metrics.read_bytes": "Bytes read",
    "metrics.written_bytes": "Bytes written",
    "metrics.shuffle_read_bytes": "Shuffle read",
    "metrics.shuffle_written_bytes": "Shuffle written",
    "metrics.spilled_bytes": "Spilled",
    "metrics.gc_seconds": "Garbage collection time",
    "metrics.read_records": "Records read",
    "metrics.written_records": "Records written",
    "metrics.spilled_records": "Records spilled",
    "metrics.reserved_core_seconds": "Reserved core time",
    "metrics.reserved_memory_byte_seconds": "Reserved memory over time",
    "metrics.busy_seconds": "Busy time of tasks",
    "metrics.backpressured_seconds": "Backpressured time of tasks",
    "metrics.restarts": "Restarts",
    "metrics.checkpoints": "Checkpoints",
    "job.parameters": "A parameter of the job",
    "input.characteristics": "A property of the input",
    "configuration": "A setting of the framework",
}
"""Targets in the order they are offered; the last three keep the column's own name."""

CONSTANTS = (
    "job.name",
    "job.framework.name",
    "cluster.nodes",
    "cluster.machine_type",
    "cluster.provider",
)
"""What often holds for a whole file and stands in no column."""

NEEDED = ("job.name", "job.framework.name", "cluster.nodes", "runtime_seconds")

UNITS_OF = {
    Dimension.BYTES: [name for name, (kind, _) in UNITS.items() if kind is Dimension.BYTES],
    Dimension.SECONDS: [name for name, (kind, _) in UNITS.items() if kind is Dimension.SECONDS],
}


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column, and what it is taken for.

    Attributes:
        column: with its samples.
        target: the field, or the named map, that it fills; `IGNORED`: none.
        unit: what it is measured in; "": bytes, seconds, or none.
    """

    column: Column
    target: str
    unit: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the columns of a file are taken for.

    Attributes:
        columns: in their order.
        constants: field → value of all rows.
        computed: fields that the file's map computes, which a choice of columns cannot say.
    """

    columns: tuple[ColumnChoice, ...]
    constants: dict[str, str]
    computed: tuple[str, ...] = ()


def guessed(beginning: Beginning, file_name: str) -> Choices:
    """What the columns' names suggest; what has no name for a field is a property of the input."""
    found = guess_columns([column.name for column in beginning.columns])
    columns = [
        ColumnChoice(column, found[column.name][0] or "input.characteristics", unit or "")
        for column in beginning.columns
        for unit in [found[column.name][1]]
    ]
    taken = {choice.target for choice in columns}
    constants = {"job.name": file_name.partition(".")[0], "job.framework.name": "unknown"}
    return Choices(
        tuple(columns),
        {path: value for path, value in constants.items() if path not in taken and value},
    )


def chosen_by_map(beginning: Beginning, toml: str) -> Choices:
    """What a map takes the columns for.

    Raises:
        MappingError: it is none.
    """
    fields = next((table.fields for table in mapping_from_toml(toml).tables()), {})
    targets = {
        source.column: (map_of(path) or path, source.unit or "")
        for path, source in fields.items()
        if source.column is not None
    }
    return Choices(
        tuple(
            ColumnChoice(column, *targets.get(column.name, (IGNORED, "")))
            for column in beginning.columns
        ),
        {
            path: str(source.constant)
            for path, source in fields.items()
            if source.constant is not None and path in CONSTANTS
        },
        tuple(
            path
            for path, source in fields.items()
            if source.column is None and (source.constant is None or path not in CONSTANTS)
        ),
    )


def chosen_in_form(beginning: Beginning, form: "MultiDict[str, str]") -> Choices:
    """What a form takes the columns for.

    Raises:
        InvalidInputError: it was made for other columns, or names a field that there is not.
    """
    columns = []
    for place, column in enumerate(beginning.columns):
        target, unit = form.get(f"target-{place}"), form.get(f"unit-{place}", "")
        if target is None or form.get(f"column-{place}") != column.name:
            raise InvalidInputError(
                "the form is about other columns than the file has",
                hint="Reload the page and choose again.",
            )
        if target not in {IGNORED, *LABELS} or unit not in {"", *UNITS}:
            raise InvalidInputError(
                f"{column.name}: {target[:40]!r} in {unit[:10]!r} is nothing a column can be",
                hint="Choose one of the list.",
            )
        columns.append(ColumnChoice(column, target, unit))
    constants = {path: form.get(f"constant-{path}", "").strip() for path in CONSTANTS}
    return Choices(tuple(columns), {path: value for path, value in constants.items() if value})


def map_of_choices(beginning: Beginning, choices: Choices) -> str:
    """The map of what was chosen, as TOML.

    Raises:
        InvalidInputError: two columns for one field, or one that is needed has none.
    """
    fields: dict[str, Any] = {}
    for choice in choices.columns:
        if choice.target == IGNORED:
            continue
        named = choice.target in MAPS
        path = f"{choice.target}.{choice.column.name}" if named else choice.target
        if path in fields:
            raise InvalidInputError(
                f"two columns are chosen for {LABELS[choice.target]}: "
                f"{fields[path]['column']} and {choice.column.name}",
                hint="Leave one of them out, or choose something else for it.",
            )
        fields[path] = _source(beginning, choice, path)
    for path, value in choices.constants.items():
        fields.setdefault(path, {"constant": _constant(path, value)})
    absent = [LABELS[path] for path in NEEDED if path not in fields]
    if absent:
        raise InvalidInputError(
            f"nothing is chosen for {', '.join(absent)}",
            hint="Choose a column for each, or give a value for all rows.",
        )
    return mapping_to_toml(_mapping(fields))


def _mapping(fields: dict[str, Any]) -> Mapping:
    return mapping_of({"fields": fields, "unknown_columns": "ignore"}, name="of these columns")


def _source(beginning: Beginning, choice: ColumnChoice, path: str) -> dict[str, Any]:
    source = source_of(path, choice.column.name, choice.unit or None)
    kind = kind_of(path)
    if choice.unit and kind is not Kind.SCALAR and FIELDS[path].dimension is None:
        raise InvalidInputError(
            f"{LABELS[path]} has no unit, and {choice.unit} is chosen for {choice.column.name}",
            hint="Choose no unit for it.",
        )
    if choice.unit and kind is Kind.SCALAR:
        source["unit"] = choice.unit
    if not beginning.always and path not in NEEDED:
        source["optional"] = True
    return source


def _constant(path: str, value: str) -> int | str:
    if path != "cluster.nodes":
        return value
    if not value.isdecimal() or int(value) < 1:
        raise InvalidInputError(
            f"{value[:20]!r} is no number of nodes", hint="Give a whole number, at least 1."
        )
    return int(value)


def targets() -> Sequence[tuple[str, str]]:
    """The fields that a column can be chosen for, with what they are called."""
    return tuple(LABELS.items())
