"""Asking a server and reading what it says; what an operation is about is said elsewhere."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from ledger.client.answers import Part
from ledger.client.errors import UnexpectedAnswerError
from ledger.client.http import Query
from ledger.client.http import ServerHTTP

PAGE_ROWS = 500

Model = TypeVar("Model", bound=BaseModel)
PartOfList = TypeVar("PartOfList", bound=Part)
Row = TypeVar("Row")


class Asker:
    """What the operations of every group share.

    Args:
        http: how the server is asked.
    """

    def __init__(self, http: ServerHTTP) -> None:
        self._http = http

    def _get(self, model: type[Model], path: str, query: Query | None = None) -> Model:
        content = self._http.get(path, query)
        return self._understood(lambda: model.model_validate_json(content))

    def _post(
        self,
        model: type[Model],
        path: str,
        content: bytes,
        media_type: str,
        query: Query | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Model:
        said = self._http.post(path, content, media_type, query, headers)
        return self._understood(lambda: model.model_validate_json(said))

    def _walk(
        self, model: type[PartOfList], path: str, rows: Callable[[PartOfList], list[Row]]
    ) -> Iterator[Row]:
        query: dict[str, str | list[str]] = {"limit": str(PAGE_ROWS)}
        while True:
            part = self._get(model, path, query)
            yield from rows(part)
            if part.next_after is None:
                return
            query["after"] = part.next_after

    def _understood(self, read: Callable[[], Row]) -> Row:
        try:
            return read()
        except (ValueError, KeyError) as error:
            raise UnexpectedAnswerError(
                f"{self._http.url} answers with something else than was asked for",
                hint="It may not be the app of a perfledger node, or be of another version.",
            ) from error


def named(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
