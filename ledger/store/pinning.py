"""A client of remote pinning services: third parties that keep a batch.

Source: https://ipfs.github.io/pinning-services-api-spec/ (IPFS Pinning Service API 1.0).
"""

from collections.abc import Iterator
from collections.abc import Sequence
from datetime import UTC
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from pydantic import AwareDatetime
from pydantic import BaseModel
from pydantic import Field
from pydantic import SecretStr

from ledger.store.pinning_http import PinningHTTP
from ledger.store.pinning_http import PinningServiceError
from ledger.store.pinning_http import PinRequestNotFoundError

PAGE = 1000
"""Most results in one answer, by the specification; without it there are ten."""


class PinState(StrEnum):
    """How far a service has come with a request."""

    QUEUED = "queued"
    PINNING = "pinning"
    PINNED = "pinned"
    FAILED = "failed"


class Pin(BaseModel):
    """What is to be pinned.

    Attributes:
        cid: of the root.
        name: for people.
        origins: multiaddresses of nodes known to have it.
    """

    cid: str = Field(max_length=200)
    name: str | None = Field(None, max_length=255)
    origins: list[str] | None = Field(None, max_length=1000)


class PinStatus(BaseModel):
    """What a service says of a request.

    Attributes:
        requestid: the service's name for it.
        delegates: multiaddresses of the nodes that will fetch the data.
        info: what else the service says, such as why it failed.
    """

    requestid: str = Field(min_length=1, max_length=255)
    status: PinState
    created: AwareDatetime
    pin: Pin
    delegates: list[str] = Field(default_factory=list, max_length=1000)
    info: dict[str, Any] | None = None


class _Results(BaseModel):
    count: int = Field(ge=0)
    results: list[PinStatus] = Field(max_length=PAGE)


class PinningService:
    """One service, over HTTP. What it says is a stranger's word: sizes and shapes are checked.

    Requests are sent again when the connection breaks, or the service is busy (429) or at fault
    (5xx), after the pause that it asks for.

    Args:
        url: its endpoint, as in ``https://pinning.example/psa``.
        token: the bearer token.

    Raises:
        SettingsError: the URL is none. Every method raises `PinningServiceError` where the service
            does not answer or refuses, and `PinningDeniedError` where it does not know the token.
    """

    def __init__(self, url: str, token: SecretStr | None = None) -> None:
        self._http = PinningHTTP(url, token)

    @property
    def url(self) -> str:
        """Its endpoint."""
        return self._http.url

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def add(self, cid: str, name: str, origins: Sequence[str] = ()) -> PinStatus:
        """Ask for a pin; where the service has it, or works on it, that request is given back."""
        for found in self.find(cid):
            if found.status is not PinState.FAILED:
                return found
        return self._post("/pins", cid, name, origins)

    def replace(
        self, requestid: str, cid: str, name: str, origins: Sequence[str] = ()
    ) -> PinStatus:
        """Ask for a pin in the place of another request, which ends.

        Raises:
            PinRequestNotFoundError: there is no such request.
        """
        return self._post(_path(requestid), cid, name, origins)

    def status(self, requestid: str) -> PinStatus:
        """How far a request has come.

        Raises:
            PinRequestNotFoundError: there is no such request.
        """
        return self._http.ask(PinStatus, "GET", _path(requestid))

    def find(self, cid: str) -> list[PinStatus]:
        """The requests for a CID, newest first."""
        return [self._about(cid, found) for found in self._pages({"cid": cid})]

    def all(self) -> Iterator[PinStatus]:
        """Every request, newest first, a page at a time."""
        return self._pages({})

    def remove(self, requestid: str) -> None:
        """End a request, and its pin; one that is gone already is fine."""
        try:
            self._http.send("DELETE", _path(requestid))
        except PinRequestNotFoundError:
            return

    def _pages(self, query: dict[str, str]) -> Iterator[PinStatus]:
        query = query | {"limit": str(PAGE), "status": ",".join(PinState)}
        seen: set[str] = set()
        while True:
            page = self._http.ask(_Results, "GET", "/pins", query=query)
            fresh = [each for each in page.results if each.requestid not in seen]
            seen.update(each.requestid for each in fresh)
            yield from fresh
            if not fresh or page.count <= len(page.results):
                return
            oldest = min(each.created for each in fresh).astimezone(UTC)
            query = query | {"before": oldest.isoformat().replace("+00:00", "Z")}

    def _post(self, path: str, cid: str, name: str, origins: Sequence[str]) -> PinStatus:
        pin = Pin(cid=cid, name=name, origins=list(origins) or None)
        body = pin.model_dump_json(exclude_none=True)
        return self._about(cid, self._http.ask(PinStatus, "POST", path, body=body))

    def _about(self, cid: str, status: PinStatus) -> PinStatus:
        if status.pin.cid != cid:
            raise PinningServiceError(self.url, "it answers for another CID than it was asked for")
        return status


def _path(requestid: str) -> str:
    return f"/pins/{quote(requestid, safe='')}"
