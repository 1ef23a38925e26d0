"""How a table's columns become the fields of a record, declared in TOML.

``docs/import.md`` explains the format and ``docs/example-map.toml`` is a commented example.
"""

import tomllib
from collections.abc import Mapping as AbstractMapping
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any
from typing import Literal
from typing import Self

from pydantic import Field
from pydantic import ValidationError
from pydantic import field_validator
from pydantic import model_validator

from ledger.capture.event_log_map import EventLogMap
from ledger.capture.field_sources import Entry
from ledger.capture.field_sources import Fields
from ledger.capture.field_sources import Source
from ledger.capture.field_sources import require_known
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError

MAX_MAP_BYTES = 256 * 1024
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-")

Unknown = Literal["error", "ignore", "job.parameters", "input.characteristics", "configuration"]


class MappingError(InvalidInputError):
    """A map does not follow its format."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"the map {name} cannot be used: {reason}",
            hint="docs/example-map.toml shows every entry of a map.",
        )


class Table(Entry):
    """One kind of table.

    Attributes:
        files: patterns of file names it is for (``sort*.tsv``); none: every file.
        fields: record field → where its value comes from.
        unknown_columns: what becomes of columns no field reads: an error, nothing, or entries of
            a named map of the record.
    """

    files: tuple[str, ...] = ()
    fields: Fields = Field(default_factory=dict)
    unknown_columns: Unknown | None = None

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, Source]) -> dict[str, Source]:
        return require_known(fields)

    def is_for(self, file_name: str) -> bool:
        """Whether one of its patterns fits."""
        return any(fnmatchcase(file_name.lower(), pattern.lower()) for pattern in self.files)

    def required_columns(self) -> set[str]:
        """The columns a table of this kind must have."""
        return {
            column
            for source in self.fields.values()
            if not source.optional
            for column in source.columns
        }

    def read_columns(self) -> set[str]:
        """All columns that some field reads."""
        return {column for source in self.fields.values() for column in source.columns}


class Format(Entry):
    """How the file is written, where that cannot be seen from the file."""

    delimiter: str | None = Field(None, min_length=1, max_length=1)
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"
    missing: tuple[str, ...] = MISSING


class Mapping(Entry):
    """A map: how to read the file, what its tables have in common, and its kinds of table.

    It may be for event logs alone, which are complete without one.
    """

    format: Format = Format()
    fields: Fields = Field(default_factory=dict)
    unknown_columns: Unknown = "error"
    table: tuple[Table, ...] = ()
    event_logs: EventLogMap | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for table in self.tables():
            absent = {
                "job.name",
                "job.framework.name",
                "cluster.nodes",
                "runtime_seconds",
            }.difference(table.fields)
            if absent:
                msg = f"no source for {', '.join(sorted(absent))}"
                raise ValueError(msg)
        return self

    def tables(self) -> tuple[Table, ...]:
        """The kinds of table, each with the fields they have in common."""
        if self.event_logs is not None and not self.fields and not self.table:
            return ()
        return tuple(
            Table(
                files=table.files,
                fields={**self.fields, **table.fields},
                unknown_columns=table.unknown_columns or self.unknown_columns,
            )
            for table in self.table or (Table(),)
        )


def mapping_of(value: AbstractMapping[str, Any], *, name: str = "") -> Mapping:
    """The map of plain values, as TOML or JSON gives them.

    Raises:
        MappingError: naming the entries that are wrong.
    """
    try:
        return Mapping.model_validate(value)
    except ValidationError as error:
        faults = [
            ": ".join(
                part
                for part in (
                    ".".join(map(str, detail["loc"])),
                    detail["msg"].removeprefix("Value error, "),
                )
                if part
            )
            for detail in error.errors(include_url=False, include_context=False)
        ]
        raise MappingError(name, "; ".join(faults)) from error


def mapping_from_toml(text: str, *, name: str = "") -> Mapping:
    """The map of a TOML text.

    Raises:
        MappingError: not TOML, or naming the entries that are wrong.
    """
    if len(text) > MAX_MAP_BYTES:
        raise MappingError(name, f"it has more than {MAX_MAP_BYTES:,} characters")
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingError(name, f"it is not TOML: {error}") from error
    return mapping_of(value, name=name)


def load_mapping(path: Path) -> Mapping:
    """The map in a TOML file.

    Raises:
        NotFoundError: there is no such file.
        MappingError: not readable, not TOML, or naming the entries that are wrong.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_MAP_BYTES + 1).decode("utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no map {str(path)!r}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(str(path), f"it cannot be read: {error}") from error
    return mapping_from_toml(text, name=str(path))


def presets() -> tuple[str, ...]:
    """The names of the maps that come with perfledger."""
    folder = resources.files("ledger.capture") / "presets"
    return tuple(
        sorted(
            item.name.removesuffix(".toml")
            for item in folder.iterdir()
            if item.name.endswith(".toml")
        )
    )


def preset(name: str) -> Mapping:
    """A map that comes with perfledger.

    Raises:
        NotFoundError: there is none of this name.
    """
    if name not in presets():
        raise NotFoundError(
            f"there is no preset {name!r}", hint=f"There are: {', '.join(presets())}."
        )
    file = resources.files("ledger.capture") / "presets" / f"{name}.toml"
    return mapping_from_toml(file.read_text(encoding="utf-8"), name=name)
