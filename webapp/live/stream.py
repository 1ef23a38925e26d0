"""The stream of one reader.

Source: Server-sent events, WHATWG HTML Living Standard, section 9.2.
"""

import time
from collections.abc import Callable
from collections.abc import Iterator

from flask import Response
from flask import request

from ledger.index.feed import Changes
from webapp.live.hub import Hub

EVENTS = "/events"

HEARTBEAT_SECONDS = 15.0
"""Proxies end connections on which nothing comes; and only sending finds that a reader is gone."""

STREAM_SECONDS = 600.0
"""Then a reader comes back, perhaps to a process that has fewer."""

RETRY_MS = 2_000
POLL_MS = 15_000
"""When readers come back that found no place: they ask rather than wait."""

_MOST_DIGITS = 18


def streaming(hub: Hub) -> Callable[[], Response]:
    """A view that streams changes, after ``Last-Event-ID`` or ``?since=``."""

    def events() -> Response:
        asked = request.headers.get("Last-Event-ID") or request.args.get("since", "")
        known = asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS
        since = int(asked) if known else hub.revision()
        answer = Response(_events(hub, since), mimetype="text/event-stream")
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Accel-Buffering"] = "no"  # nginx would gather events
        return answer

    return events


def _events(hub: Hub, since: int) -> Iterator[str]:
    with hub.listening() as has_place:
        age = hub.age  # before the first event: whoever has heard it may end the stream
        yield f"retry: {RETRY_MS if has_place else POLL_MS}\n\n"
        missed = hub.since(since)
        yield _event(missed)
        if has_place:
            yield from _following(hub, missed.position.revision, age)


def _following(hub: Hub, revision: int, age: int) -> Iterator[str]:
    ends = time.monotonic() + STREAM_SECONDS
    while not hub.has_ended(age) and time.monotonic() < ends:
        changes = hub.wait(revision, HEARTBEAT_SECONDS, age)
        if changes is None:
            yield ": still here\n\n"
            continue
        yield _event(changes)
        revision = changes.position.revision


def _event(changes: Changes) -> str:
    """One event: ``restart`` where what a page shows may be gone, else ``change``."""
    kind = "restart" if changes.restarted else "change"
    revision = changes.position.revision
    return f"id: {revision}\nevent: {kind}\ndata: {changes.model_dump_json()}\n\n"
