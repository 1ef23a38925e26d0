"""What a map adds to the record of a run that its framework tells of."""

from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from typing import Any

from ledger.capture.cells import getter
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.redaction import REDACTED
from ledger.capture.redaction import is_secret_name
from ledger.capture.redaction import redact_text
from ledger.capture.rows import CellError
from ledger.capture.rows import TableError
from ledger.capture.targets import Kind
from ledger.capture.targets import kind_of
from ledger.capture.targets import parts_of
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.schema import Record

_LATEST = 253_402_300_800_000
"""The year 10,000, in milliseconds: what a date can hold."""


def record_of_job(
    value: dict[str, Any],
    log_map: EventLogMap,
    columns: Mapping[str, str],
    *,
    fault: type[TableError],
    page: str,
    without_nodes: TableError,
) -> Record:
    """The record of a job, with what a map adds.

    Args:
        value: what the framework tells, as plain values.
        log_map: where other values come from.
        columns: what they can come from; ``job.name`` is the name by which the map knows the job.
        fault: raised where there is no record.
        page: of the documentation, which explains the map.
        without_nodes: raised where neither the framework nor the map says how many nodes it had.

    Raises:
        TableError: ``fault`` or ``without_nodes``.
    """
    try:
        complete(value, log_map, columns["job.name"], columns)
        if not value["cluster"]["nodes"]:
            raise without_nodes
        record = codec.from_python(value)
        codec.encode(record)
    except CellError as error:
        raise fault(f"{error.column}: {error.reason}", hint=f"Change the map: {page}.") from error
    except (ValueError, dagcbor.MalformedBlockError) as error:
        raise fault(
            f"{columns['job.name']} is no record: {error}",
            hint="What is told of it is not as its framework tells it.",
        ) from error
    return record


def complete(
    value: dict[str, Any], log_map: EventLogMap, name: str, columns: Mapping[str, str]
) -> None:
    """Put what a map says into a record that is plain values.

    Args:
        value: the record, which is changed.
        log_map: where values come from.
        name: of the application or job, by which the map knows it.
        columns: what values can come from.

    Raises:
        CellError: the map does not fit.
    """
    for path, found in _mapped(log_map, name, columns).items():
        _put(value, path, found)


def harmless(columns: Mapping[str, str]) -> dict[str, str]:
    """The same without credentials: what a map takes goes into a public record."""
    return {
        name: REDACTED if is_secret_name(name) else redact_text(text)
        for name, text in columns.items()
    }


def moment_of(milliseconds: int) -> datetime:
    """A moment in milliseconds since 1970.

    Raises:
        ValueError: it is after the year 9999.
    """
    if milliseconds >= _LATEST:
        raise ValueError("it starts after the year 9999")
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _mapped(log_map: EventLogMap, name: str, columns: Mapping[str, str]) -> dict[str, Any]:
    """Field → value, of all fields that the map has a value for."""
    position = {column: index for index, column in enumerate(columns)}
    cells = list(columns.values())
    found: dict[str, Any] = {}
    for path, source in log_map.fields_for(name).items():
        absent = [column for column in source.columns if column not in position]
        if absent and not source.optional:
            raise CellError(
                absent[0], "the application has no such setting or argument; say optional = true"
            )
        if not absent:
            get = getter(source, kind_of(path) or Kind.SCALAR, position, frozenset({""}), name)
            value = get(cells)
            if value is not None:
                found[path] = value
    return found


def _put(value: dict[str, Any], path: str, found: Any) -> None:
    *parents, key = parts_of(path)
    part = value
    for parent in parents:
        inner = part.get(parent) or {}
        part[parent] = part = dict(inner) if isinstance(inner, dict) else inner.model_dump()
    part[key] = found
