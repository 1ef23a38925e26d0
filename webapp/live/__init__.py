"""Pages that show what is new without being loaded again, by server-sent events."""

from flask import Flask

from ledger.node import Node
from webapp.live.hub import Hub
from webapp.live.pages import LivePages
from webapp.live.stream import EVENTS
from webapp.live.stream import streaming
from webapp.serving import is_private

__all__ = ["init_app", "stop"]

_KEY = "live"

MOST_STREAMS = 8
"""Of one process, as each holds one of its 32 threads. Whoever finds all of them taken is told what
is new at once, and asks again (`webapp.live.stream`)."""


def init_app(app: Flask, node: Node) -> None:
    """Serve events, and tell pages where to begin."""
    feed = node.feed if is_private(node) else node.published_feed
    app.extensions[_KEY] = hub = Hub(feed, MOST_STREAMS)
    app.add_url_rule(EVENTS, "events", streaming(hub))
    LivePages(feed).init_app(app)


def stop(app: Flask) -> None:
    """End every stream; browsers come back by themselves."""
    if _KEY in app.extensions:
        hub: Hub = app.extensions[_KEY]
        hub.stop()
