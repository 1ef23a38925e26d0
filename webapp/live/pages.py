"""Which pages follow what happens, and how."""

from typing import Any

from flask import Flask
from flask import g
from flask import request

from ledger.errors import PerfledgerError
from ledger.index.feed import Feed
from webapp.live.stream import EVENTS

UPDATES = "update"
"""What changed is put into its place."""

NOTICES = "notice"
"""A list would move under the reader's eyes, so it says how much is new and shows it when asked."""

MANNERS = {
    "overview.home": UPDATES,
    "records.listing": NOTICES,
    "records.detail": UPDATES,
    "batches.listing": UPDATES,
    "batches.detail": UPDATES,
    "contributors.detail": UPDATES,
    "contributors.listing": UPDATES,
    "validators.detail": UPDATES,
    "validators.listing": UPDATES,
    "jobs.detail": UPDATES,
    "jobs.detail_by_query": UPDATES,
    "jobs.listing": UPDATES,
    "machines.detail": UPDATES,
    "machines.detail_by_query": UPDATES,
    "machines.listing": UPDATES,
    "compare.show": UPDATES,
    "costs.show": UPDATES,
}
"""By endpoint. The network's page and that of a contribution ask for themselves."""


class LivePages:
    """Tells templates where a page's events begin.

    Args:
        feed: what changes.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def init_app(self, app: Flask) -> None:
        """Note the revision before a page is made, so that what changes meanwhile is told of."""
        app.before_request(self._note)
        app.context_processor(self._live)

    def _note(self) -> None:
        if request.endpoint not in MANNERS:
            return
        try:
            g.live_revision = self._feed.position().revision
        except PerfledgerError:
            return  # the page says what is wrong with the index

    @staticmethod
    def _live() -> dict[str, Any]:
        revision = g.get("live_revision")
        if revision is None:
            return {"watched": None}
        manner = MANNERS[request.endpoint or ""]
        return {"watched": {"manner": manner, "events": EVENTS, "revision": revision}}
