"""Bodies of requests that are JSON: bounded, strict, and refused in words."""

from typing import Annotated
from typing import TypeVar

from flask import request
from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import StringConstraints
from pydantic import ValidationError

from ledger.capture import jsonlines
from ledger.errors import InvalidInputError
from ledger.record.eip712 import InvalidAddressError
from ledger.record.eip712 import address_of

SMALL_BYTES = 64 * 1024
"""What holds no records fits into this many times over."""

_FAULTS_SHOWN = 5

Model = TypeVar("Model", bound=BaseModel)


def _account(text: str) -> str:
    try:
        return address_of(text)
    except InvalidAddressError as error:
        raise ValueError(error.message) from error


Account = Annotated[str, AfterValidator(_account)]
"""An address, given back in its EIP-55 form."""

Bytes32 = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
Signature = Annotated[str, StringConstraints(pattern=r"^0x(?:[0-9a-fA-F]{2}){1,1024}$")]
"""In hexadecimal; what contracts call a signature can be long."""


class UnreadableBodyError(InvalidInputError):
    """The body of a request is not what was asked for."""


def body_as(model: type[Model], *, most_bytes: int = SMALL_BYTES) -> Model:
    """The body of the present request.

    Raises:
        UnreadableBodyError: too long, not JSON, or not of this form.
    """
    if (request.content_length or 0) > most_bytes:
        raise UnreadableBodyError(
            f"the body has more than {most_bytes:,} bytes", hint="Send less at once."
        )
    try:
        return model.model_validate(jsonlines.parse(request.get_data().decode()))
    except ValidationError as error:
        faults = [
            ": ".join(filter(None, (".".join(map(str, fault["loc"])), fault["msg"])))
            for fault in error.errors(include_url=False, include_input=False)[:_FAULTS_SHOWN]
        ]
        raise UnreadableBodyError(
            f"the body is not what is asked for here: {'; '.join(faults)[:500]}",
            hint="docs/api.md has an example.",
        ) from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise UnreadableBodyError(
            f"the body cannot be read: {error}", hint="Send JSON in UTF-8."
        ) from error
