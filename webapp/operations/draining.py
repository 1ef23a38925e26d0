"""Requests under way are answered before a process ends; new ones are sent elsewhere."""

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

RETRY_SECONDS = 5
"""When to ask again: a restart takes about that."""


class Draining:
    """An application that can be told to end what it does and begin nothing."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._changed = threading.Condition()
        self._under_way = 0
        self.begun = threading.Event()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request, or say that it has to be sent again."""
        with self._changed:
            if self.begun.is_set():
                return self._refuse(start_response)
            self._under_way += 1
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._ended()
            raise
        return ClosingIterator(answer, self._ended)

    def drain(self, seconds: float) -> bool:
        """Begin nothing more; whether everything that was under way ended in time."""
        self.begun.set()
        deadline = time.monotonic() + seconds
        with self._changed:
            return self._changed.wait_for(
                lambda: self._under_way == 0, max(0, deadline - time.monotonic())
            )

    def _ended(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    @staticmethod
    def _refuse(start_response: "StartResponse") -> Iterable[bytes]:
        start_response(
            "503 Service Unavailable",
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Retry-After", str(RETRY_SECONDS)),
                ("Connection", "close"),
            ],
        )
        return [b"This node is about to stop. Nothing was done; ask again in a moment.\n"]
