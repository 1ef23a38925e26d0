"""Keeping up with peers: are they there, and of this ledger; what they hold, and whom they know."""

import time
from collections.abc import Callable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated
from typing import TypeVar

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError

from ledger.errors import InvalidInputError
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.peers.addresses import host_and_port
from ledger.peers.book import ITSELF
from ledger.peers.book import Book
from ledger.peers.book import PeerRow
from ledger.peers.http import MisbehavedError
from ledger.peers.http import Web
from ledger.record.cid import from_text

VISIT_SECONDS = 60.0
"""Between two visits to a peer that is up to date."""

_ACTIVE = 32
"""Peers that are visited; the others are a reserve."""

_AT_ONCE = 8
_MOST_URLS = 200
_URL_LENGTH = 300
_SLASHES = 2

Answer = TypeVar("Answer", bound=BaseModel)
Text = Annotated[str, Field(max_length=_URL_LENGTH)]


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

    held: Annotated[list[Text], Field(max_length=100_000)]
    dropped: Annotated[list[Text], Field(max_length=100_000)]
    cursor: Annotated[int, Field(ge=0)]
    newest: Annotated[int, Field(ge=0)]


class Visitor:
    """Visits peers.

    Args:
        book: what is known of them.
        web: how they are reached.
        peer_id: of this node, so that it does not talk to itself.
        ledger: names the ledger; nodes of others are no peers.
        own_url: where this node is reached; None while it is not known, or not to be told.
        clock: gives Unix time.
    """

    def __init__(
        self,
        book: Book,
        web: Web,
        *,
        peer_id: str,
        ledger: str,
        own_url: Callable[[], str | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._web = web
        self._peer_id = peer_id
        self._ledger = ledger
        self._own_url = own_url
        self._clock = clock
        self._visited: dict[str, float] = {}
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="visit")

    def close(self) -> None:
        """Visit nobody any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def step(self) -> int:
        """Visit who is due; returns how many were."""
        now = self._clock()
        due = [
            peer
            for peer in self._book.peers.believed()[:_ACTIVE]
            if self._visited.get(peer.url, 0) + VISIT_SECONDS <= now
        ]
        for peer in due:
            self._visited[peer.url] = now
        list(self._pool.map(self._visit, due))
        return len(due)

    def _visit(self, peer: PeerRow) -> None:
        try:
            self._call_on(peer)
        except MisbehavedError as error:
            self._book.peers.failed(peer.url, error.message)
        except (UnavailableError, InvalidInputError) as error:
            self._visited.pop(peer.url, None)
            self._book.peers.failed(peer.url, error.message)

    def _call_on(self, peer: PeerRow) -> None:
        said = _parsed(Said, self._web.json("GET", f"{peer.url}/peers/v1/node"), peer.url)
        if said.peer_id == self._peer_id:
            self._book.peers.distrust(peer.url, ITSELF)
            return
        if said.ledger != self._ledger:
            self._book.peers.distrust(peer.url, f"it is a node of another ledger ({said.ledger})")
            return
        if peer.peer_id and peer.peer_id != said.peer_id:
            self._book.peers.forget_holdings(peer.url)
            peer = self._again(peer)
        self._book.peers.answered(peer.url, said.peer_id)
        self._read_holdings(peer)
        self._meet_others(peer)

    def _again(self, peer: PeerRow) -> PeerRow:
        return next(each for each in self._book.peers.all() if each.url == peer.url)

    def _read_holdings(self, peer: PeerRow) -> None:
        cursor, newest = peer.cursor, peer.cursor + 1
        while cursor < newest:
            url = f"{peer.url}/peers/v1/holdings"
            answer = self._web.json("GET", url, params={"after": str(cursor)})
            told = _parsed(Holdings, answer, peer.url)
            if told.newest < cursor:  # another list than before: its file was lost
                self._book.peers.forget_holdings(peer.url)
            held = [from_text(cid) for cid in told.held]
            self._book.peers.holds(
                peer.url, held, [from_text(cid) for cid in told.dropped], told.cursor
            )
            self._book.wants.hurry(held)
            if told.cursor <= cursor:
                return
            cursor, newest = told.cursor, told.newest

    def _meet_others(self, peer: PeerRow) -> None:
        """Tell it where this node is, and hear whom it knows."""
        own = self._own_url()
        told = {"url": own} if own is not None else {}
        answer = self._web.json("POST", f"{peer.url}/peers/v1/peers", json=told)
        self._book.peers.introduce(peer_urls(answer, but=own))


def peer_urls(answer: object, *, but: str | None) -> Sequence[str]:
    """URLs of nodes in a list from elsewhere; what is none is left out."""
    listed = answer.get("peers") if isinstance(answer, dict) else None
    return [
        url
        for url in (listed[:_MOST_URLS] if isinstance(listed, list) else ())
        if isinstance(url, str) and url != but and is_origin(url)
    ]


def is_origin(url: str) -> bool:
    """Whether a text is scheme, host and port of an HTTP server, and nothing else."""
    try:
        host_and_port(url)
    except SettingsError:
        return False
    return len(url) <= _URL_LENGTH and url.count("/") == _SLASHES and not set(url) & set("@?#\\ ")


def _parsed(model: type[Answer], answer: object, url: str) -> Answer:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise MisbehavedError(f"{url} answers with no {model.__name__}: {where}") from error
