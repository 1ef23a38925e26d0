"""Where the values of a record's fields come from, as a map declares it."""

from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self

from pydantic import BaseModel
from pydantic import BeforeValidator
from pydantic import ConfigDict
from pydantic import Field
from pydantic import model_validator

from ledger.capture.formula import FormulaError
from ledger.capture.formula import compile_formula
from ledger.capture.targets import FIELDS
from ledger.capture.targets import MAPS
from ledger.capture.targets import Kind
from ledger.capture.targets import kind_of
from ledger.capture.units import UNITS
from ledger.record.schema import Scalar


class Entry(BaseModel):
    """A part of a map."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Entry):
    """Where the value of one field comes from; exactly one of the first four.

    With ``since`` the column is a moment, and the value the seconds since that of another column.
    """

    column: str | None = None
    formula: str | None = None
    constant: Scalar | None = None
    file_name: bool = False
    since: str | None = None
    unit: str | None = None
    type: Literal["auto", "text", "integer", "number", "boolean"] = "auto"
    values: dict[str, Scalar] = Field(default_factory=dict)
    optional: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [self.column, self.formula, self.constant, self.file_name or None]
        if sum(value is not None for value in given) != 1:
            msg = "give exactly one of column, formula, constant, file_name"
            raise ValueError(msg)
        if self.since is not None and (self.column is None or self.unit or self.values):
            msg = "since goes with column, and neither with unit nor values"
            raise ValueError(msg)
        if self.unit is not None and self.unit not in UNITS:
            msg = f"unknown unit {self.unit!r}; known are {', '.join(UNITS)}"
            raise ValueError(msg)
        if self.formula is not None:
            try:
                compile_formula(self.formula)
            except FormulaError as error:
                raise ValueError(error.message) from error
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        if self.formula is not None:
            return compile_formula(self.formula).columns
        return tuple(each for each in (self.column, self.since) if each is not None)


def _source(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Fields = dict[str, Annotated[Source, BeforeValidator(_source)]]


def require_known(fields: dict[str, Source]) -> dict[str, Source]:
    """Check that a record has these fields, and that they are measured in the units given.

    Raises:
        ValueError: naming the first that it has not, or that is not.
    """
    for path, source in fields.items():
        kind = kind_of(path)
        if kind is None:
            known = ", ".join([*FIELDS, *(f"{name}.NAME" for name in MAPS)])
            raise ValueError(f"a record has no field {path!r} to fill; it has {known}")
        if source.since and kind not in {Kind.SECONDS, Kind.SCALAR}:
            raise ValueError(f"{path} is no time between two moments")
        if source.unit and kind is not Kind.SCALAR and UNITS[source.unit][0] != kind.dimension:
            raise ValueError(f"{path} is not measured in {source.unit}")
    return fields
