"""A map as the TOML a person can keep and change."""

import json
from typing import Any

from ledger.capture.field_sources import Source
from ledger.capture.mapping import Mapping


def mapping_to_toml(mapping: Mapping) -> str:
    """The TOML that `mapping_from_toml` reads as the same map."""
    lines = [f"unknown_columns = {_value(mapping.unknown_columns)}"]
    changed = mapping.format.model_dump(exclude_defaults=True)
    if changed:
        lines += ["", "[format]", *(f"{name} = {_value(item)}" for name, item in changed.items())]
    if mapping.fields or mapping.event_logs is None:
        lines += ["", "[fields]", *_fields(mapping.fields)]
    for table in mapping.table:
        lines += ["", "[[table]]", f"files = {_value(list(table.files))}"]
        if table.unknown_columns is not None:
            lines.append(f"unknown_columns = {_value(table.unknown_columns)}")
        lines += ["[table.fields]", *_fields(table.fields)]
    if mapping.event_logs is not None:
        lines += ["", "[event_logs.fields]", *_fields(mapping.event_logs.fields)]
        for application in mapping.event_logs.application:
            lines += ["", "[[event_logs.application]]"]
            lines += [f"names = {_value(list(application.names))}"]
            lines += ["[event_logs.application.fields]", *_fields(application.fields)]
    return "\n".join(lines) + "\n"


def _fields(fields: dict[str, Source]) -> list[str]:
    return [f"{_value(path)} = {_source(source)}" for path, source in fields.items()]


def _source(source: Source) -> str:
    given = source.model_dump(exclude_defaults=True)
    return _value(source.column) if given.keys() == {"column"} else _value(given)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        entries = ", ".join(f"{_value(key)} = {_value(item)}" for key, item in value.items())
        return "{ " + entries + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):  # JSON leaves DEL as it is, TOML does not allow it
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
