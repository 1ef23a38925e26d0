"""Counts what is served to other nodes, as it is sent: streams have no length beforehand."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Any

from flask import Flask

from ledger.node import Node
from ledger.peers.traffic import HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

COUNTED = ("/ipfs/", "/peers/v1/", "/routing/v1/")
"""Where the paths begin that other nodes ask for; pages and the API are for people and programs."""

_CLAIM = "HTTP_" + HEADER.upper().replace("-", "_")


def init_app(app: Flask, node: Node) -> None:
    """Count what an app over a node serves to other nodes."""

    def served(claim: str | None, size: int) -> None:
        node.peering.traffic.served(claim, size)  # not opened before it is needed

    app.wsgi_app = Meter(app.wsgi_app, served)  # type: ignore[method-assign]


class Meter:
    """An application, and who is told what it sends.

    Args:
        application: answers.
        served: told of each answer, once it ended: who is said to ask, and the bytes of its body
            that were taken.
    """

    def __init__(
        self, application: "WSGIApplication", served: Callable[[str | None, int], None]
    ) -> None:
        self._application = application
        self._served = served

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        answer = self._application(environ, start_response)
        if not str(environ.get("PATH_INFO", "")).startswith(COUNTED):
            return answer
        claim = environ.get(_CLAIM)
        return _Counted(answer, lambda size: self._served(claim, size))


class _Counted:
    """An answer that says at its end how much of it was taken."""

    def __init__(self, answer: Iterable[bytes], ended: Callable[[int], None]) -> None:
        self._answer: Any = answer
        self._ended = ended
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._answer:
            self._size += len(part)
            yield part

    def close(self) -> None:
        """Servers call it after the last part, and where the client is gone before."""
        try:
            if hasattr(self._answer, "close"):
                self._answer.close()
        finally:
            self._ended(self._size)
