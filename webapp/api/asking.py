"""From an address to the model of its parameters."""

from typing import Any
from typing import TypeVar
from typing import get_origin

from pydantic import BaseModel
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from webapp.problems import InvalidParametersError

_SHOWN = 40

Asked = TypeVar("Asked", bound=BaseModel)


def parsed(model: type[Asked], given: "MultiDict[str, str]") -> Asked:
    """The parameters of an address. A program that misspells one must not be answered without it.

    Raises:
        InvalidParametersError: naming each that is unknown, wrong, or given too often.
    """
    errors: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for name, texts in given.lists():
        field = model.model_fields.get(name)
        if field is None:
            errors.append((f"{name[:_SHOWN]!r}", "there is no such parameter"))
        elif get_origin(field.annotation) is tuple:
            values[name] = tuple(texts)
        elif len(texts) > 1:
            errors.append((name, f"given {len(texts)} times, and taken once"))
        else:
            values[name] = texts[0]
    try:
        found = model.model_validate(values)
    except ValidationError as error:
        errors += [_told(each) for each in error.errors(include_url=False, include_context=False)]
    if errors:
        raise InvalidParametersError(errors, hint=_hint(model))
    return found


def _told(error: Any) -> tuple[str, str]:
    return str(error["loc"][0]), error["msg"].removeprefix("Value error, ")


def _hint(model: type[BaseModel]) -> str:
    names = ", ".join(model.model_fields)
    return f"There are: {names}." if names else "This operation takes no parameters."
