"""JSON Schemas of the API's models, as OpenAPI 3.1 holds them.

OpenAPI 3.1's dialect is JSON Schema 2020-12, which is what pydantic writes.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webapp.api.examples import BY_MODEL

_REFERENCE = "#/components/schemas/{model}"


def components(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """The schemas of what models become as JSON, by name, with examples."""
    named = {model.__name__: model for model in models}
    _, whole = models_json_schema(
        [(model, "serialization") for model in named.values()], ref_template=_REFERENCE
    )
    found: dict[str, Any] = whole.get("$defs", {})
    for model, example in BY_MODEL.items():
        if model.__name__ in found:
            found[model.__name__]["examples"] = [example]
    return dict(sorted(found.items()))


def reference(model: type[BaseModel]) -> dict[str, str]:
    """Where the schema of a model is."""
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The fields of a query's model, as parameters."""
    schema = model.model_json_schema()
    definitions: Mapping[str, Any] = schema.get("$defs", {})
    return [
        _parameter(name, _inlined(value, definitions), required=name in schema.get("required", ()))
        for name, value in schema.get("properties", {}).items()
    ]


def _parameter(name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    description = schema.pop("description", "Words to search for.")
    schema.pop("title", None)
    if schema.get("default") in (None, [], ""):
        schema.pop("default", None)
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": _without_null(schema),
    }


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is not given is not null either: a query has no such value."""
    some = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if "anyOf" not in schema or len(some) == len(schema["anyOf"]):
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**some[0], **rest} if len(some) == 1 else {"anyOf": some, **rest}


def _inlined(value: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_inlined(each, definitions) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        target = definitions[value["$ref"].rpartition("/")[2]]
        rest = {name: each for name, each in value.items() if name != "$ref"}
        return {**_inlined(target, definitions), **rest}
    return {name: _inlined(each, definitions) for name, each in value.items()}
