"""The app's advisor: one for all requests, so that models are learned once."""

from flask import Flask
from flask import current_app

from ledger.insight.advising import Advisor
from ledger.model.learned import Kept
from ledger.model.shelf import Shelf
from ledger.node import Node

MOST_RECORDS = 20_000
"""Of a job that one answer looks at; the command looks at all."""

PATIENCE_SECONDS = 5.0
"""That a request waits while models are learned for others: threads are few."""

_KEY = "perfledger.advisor"


def init_app(app: Flask, node: Node) -> None:
    """Give the app an advisor."""
    kept = Kept(Shelf(node.settings.models_path), patience=PATIENCE_SECONDS)
    app.extensions[_KEY] = Advisor(kept, most=MOST_RECORDS)


def advisor() -> Advisor:
    """The advisor of the app that serves the present request."""
    found = current_app.extensions[_KEY]
    assert isinstance(found, Advisor)
    return found
