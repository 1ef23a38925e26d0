"""The app's advisor: one for all requests, so that models are learned once."""

import threading
from typing import TYPE_CHECKING

from flask import Flask
from flask import current_app

from ledger.node import Node

if TYPE_CHECKING:
    from ledger.insight.advising import Advisor

MOST_RECORDS = 20_000
"""Of a job that one answer looks at; the command looks at all."""

PATIENCE_SECONDS = 5.0
"""That a request waits while models are learned for others: threads are few."""

_KEY = "perfledger.advisor"


class _Advice:
    """An advisor, made when it is first asked: loading what it learns with takes a second."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._advisor: Advisor | None = None

    def advisor(self) -> "Advisor":
        """The advisor."""
        from ledger.insight.advising import Advisor
        from ledger.model.learned import Kept
        from ledger.model.shelf import Shelf

        with self._lock:
            if self._advisor is None:
                kept = Kept(Shelf(self._node.settings.models_path), patience=PATIENCE_SECONDS)
                self._advisor = Advisor(kept, most=MOST_RECORDS)
            return self._advisor


def init_app(app: Flask, node: Node) -> None:
    """Give the app an advisor."""
    app.extensions[_KEY] = _Advice(node)


def advisor() -> "Advisor":
    """The advisor of the app that serves the present request."""
    found = current_app.extensions[_KEY]
    assert isinstance(found, _Advice)
    return found.advisor()
