"""What nodes say to each other, and how much of it is listened to."""

from collections.abc import Sequence
from typing import Annotated
from typing import TypeVar

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError

from ledger.peers.addresses import MAX_ORIGIN
from ledger.peers.addresses import is_origin
from ledger.peers.http import MisbehavedError

_MOST_URLS = 200
_MOST_LISTED = 10_000
_PLACES = 2**62

Answer = TypeVar("Answer", bound=BaseModel)
Text = Annotated[str, Field(max_length=MAX_ORIGIN)]
Place = Annotated[int, Field(strict=True, ge=0, le=_PLACES)]


class Said(BaseModel):
    """What a node says of itself; what newer versions add is left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    peer_id: Text
    ledger: Text
    version: Text = ""
    url: Text | None = None


class Holdings(BaseModel):
    """A piece of a node's list of what it holds, and how far the whole list goes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    list: Text
    held: Annotated[Sequence[Text], Field(max_length=_MOST_LISTED)]
    dropped: Annotated[Sequence[Text], Field(max_length=_MOST_LISTED)]
    cursor: Place
    newest: Place


def peer_urls(answer: object, *, but: str | None) -> Sequence[str]:
    """URLs of nodes in a list from elsewhere; what is none is left out."""
    listed = answer.get("peers") if isinstance(answer, dict) else None
    return [
        url
        for url in (listed[:_MOST_URLS] if isinstance(listed, list) else ())
        if isinstance(url, str) and url != but and is_origin(url)
    ]


def parsed(model: type[Answer], answer: object, url: str) -> Answer:
    """What a node said, if it is of the kind that it should be.

    Raises:
        MisbehavedError: it is not; names the node and the first fault.
    """
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise MisbehavedError(f"{url} answers with no {model.__name__}: {where}") from error
