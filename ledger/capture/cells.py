"""From the text of a cell to the value of a field."""

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ledger.capture.field_sources import Source
from ledger.capture.formula import compile_formula
from ledger.capture.rows import CellError
from ledger.capture.targets import Kind
from ledger.capture.units import to_base
from ledger.record.schema import MAX_SAFE_INTEGER

Cells = list[Any]
Get = Callable[[Cells], Any]
"""The value of a field for the cells of a row; None if the row has none."""

_INTEGER = re.compile(r"[+-]?\d{1,16}")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")
_MAX_NUMBER_LENGTH = 100
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def number_of(cell: Any) -> int | float | None:
    """The number a cell holds; None if it holds none (or NaN, or an infinity)."""
    if isinstance(cell, str):
        text = cell.strip()
        if _INTEGER.fullmatch(text):
            return int(text)
        if len(text) > _MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(text):
            return None
        cell = float(text)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    return cell if abs(cell) < math.inf else None


def getter(
    source: Source, kind: Kind, position: dict[str, int], missing: frozenset[str], file_stem: str
) -> Get:
    """How to get a field's value out of the cells of a row.

    Args:
        source: where the value comes from; its columns are all in ``position``.
        kind: what the field holds.
        position: column → index of its cell.
        missing: the texts that stand for no value.
        file_stem: the file's name without folders and endings.

    The result raises `CellError`.
    """
    if source.constant is not None or source.file_name:
        value = file_stem if source.file_name else source.constant
        return lambda _: value
    if source.formula is not None:
        return _formula(source, kind, position, missing)
    if source.since is not None:
        return _elapsed(source, position, missing)
    return _column(source, kind, position, missing)


def _column(source: Source, kind: Kind, position: dict[str, int], missing: frozenset[str]) -> Get:
    column = source.columns[0]
    index = position[column]
    convert = _converter(source, kind)
    values = source.values

    def get(cells: Cells) -> Any:
        cell = cells[index]
        if isinstance(cell, str):
            cell = cell.strip()
            if values and cell in values:
                return values[cell]
        if cell is None or (isinstance(cell, str) and cell in missing):
            return None
        if isinstance(cell, list | dict):
            raise CellError(column, "holds a list or object where one value is needed")
        try:
            return convert(cell)
        except ValueError as error:
            raise CellError(column, str(error)) from error

    return get


def _elapsed(source: Source, position: dict[str, int], missing: frozenset[str]) -> Get:
    places = [(column, position[column]) for column in source.columns]

    def get(cells: Cells) -> Any:
        moments = []
        for column, index in places:
            cell = cells[index]
            if cell is None or (isinstance(cell, str) and cell.strip() in missing):
                return None
            moments.append(_moment(column, cell))
        end, begin = moments
        if end < begin:
            raise CellError(places[0][0], f"is before {places[1][0]!r}")
        return (end - begin).total_seconds()

    return get


def _moment(column: str, cell: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(cell.strip()) if isinstance(cell, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CellError(column, f"not a moment with a time zone (RFC 3339): {_shown(cell)}")
    return moment


def _formula(source: Source, kind: Kind, position: dict[str, int], missing: frozenset[str]) -> Get:
    formula = compile_formula(source.formula or "")
    places = [(column, position[column]) for column in formula.columns]
    finish = _converter(source, kind)

    def get(cells: Cells) -> Any:
        numbers = {}
        for column, index in places:
            cell = cells[index]
            if cell is None or (isinstance(cell, str) and cell.strip() in missing):
                return None
            number = number_of(cell)
            if number is None:
                raise CellError(column, f"not a number: {_shown(cell)}")
            numbers[column] = number
        try:
            return finish(formula.evaluate(numbers))
        except ZeroDivisionError as error:
            raise CellError(places[-1][0], f"division by zero in {formula.text!r}") from error
        except (OverflowError, ValueError) as error:
            column = places[0][0] if places else formula.text
            raise CellError(column, f"{formula.text!r} gives {error}") from error

    return get


def _converter(source: Source, kind: Kind) -> Callable[[Any], Any]:
    unit = source.unit
    if kind is Kind.COUNT:
        return _whole
    if kind is Kind.BYTES:
        return lambda cell: _whole(to_base(_number(cell), unit)) if unit else _whole(cell)
    if kind is Kind.SECONDS:
        return lambda cell: float(to_base(_number(cell), unit) if unit else _number(cell))
    if kind is Kind.TEXT:
        return _text
    if unit is not None:
        return lambda cell: to_base(_number(cell), unit)
    return _SCALAR_TYPES[source.type]


def _number(cell: Any) -> int | float:
    number = number_of(cell)
    if number is None:
        raise ValueError(f"not a number: {_shown(cell)}")
    return number


def _whole(cell: Any) -> int:
    number = _number(cell)
    if abs(number) > MAX_SAFE_INTEGER:
        raise ValueError(f"too large: {_shown(cell)}")
    whole = int(number)
    if whole != number:
        raise ValueError(f"not a whole number: {_shown(cell)}")
    return whole


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else str(cell)


def _boolean(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    truth = _TRUTH.get(str(cell).lower())
    if truth is None:
        raise ValueError(f"neither true nor false: {_shown(cell)}")
    return truth


def _auto(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    number = number_of(cell)
    if number is not None and abs(number) <= MAX_SAFE_INTEGER:
        return number
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _shown(cell: Any) -> str:
    text = repr(cell)
    return text if len(text) <= CellError.max_shown else text[: CellError.max_shown] + "…"


_SCALAR_TYPES: dict[str, Callable[[Any], Any]] = {
    "auto": _auto,
    "text": _text,
    "integer": _whole,
    "number": _number,
    "boolean": _boolean,
}
