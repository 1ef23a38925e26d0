"""The events of a log, one after the other, and what can be taken from one.

Only the kinds that a record needs are parsed. Others may be of any length: the plan of a query can
have tens of megabytes.

Source: JsonProtocol.scala of Apache Spark 2.4 to 4.1, which never takes a field away.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from typing import NamedTuple

from ledger.capture.spark_events.compression import Uncompressed
from ledger.capture.spark_events.errors import MalformedEventError
from ledger.capture.spark_events.parts import EventLog

Progress = Callable[[int], None]

MAX_EVENT_BYTES = 4 << 20
"""Of an event that is parsed: a stage of Spark's with thousands of RDDs has some megabytes."""

MAX_DEPTH = 100
_BUFFER = 1 << 18
_NAME = re.compile(rb'\s*\{\s*"Event"\s*:\s*"([A-Za-z_][\w.$]{0,200})"')
_NO_BRACKETS = bytes(each for each in range(256) if each not in b"[]{}")
_OPENING = b"[{"


class Event(NamedTuple):
    """An event.

    Attributes:
        line: line of the log it stands on, counted from 1 over all parts.
        name: its kind, e.g. ``SparkListenerTaskEnd``.
        value: its fields.
    """

    line: int
    name: str
    value: dict[str, Any]


class Events:
    """Iterates over the events of some kinds.

    Attributes:
        lines: how many were read so far.
        cut: whether the log ends in the middle of something, as when its writer was killed.
    """

    def __init__(
        self, log: EventLog, kinds: Collection[str], progress: Progress = lambda _: None
    ) -> None:
        self.lines = 0
        self.cut = False
        self._log = log
        self._kinds = kinds
        self._progress = progress
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of everything read so far, uncompressed, in hexadecimal."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[Event]:
        """The events, in the order they were written.

        Raises:
            MalformedEventError: a line is none.
            UnreadableLogError: the bytes cannot be had.
        """
        before = 0
        for part in self._log.parts:
            with closing(part.open()) as raw:
                uncompressed = Uncompressed(raw)
                with io.BufferedReader(uncompressed, _BUFFER) as stream:
                    while data := stream.readline(MAX_EVENT_BYTES):
                        self.lines += 1
                        yield from self._event(data, stream)
                        if self.lines % 256 == 0:
                            self._progress(before + raw.tell())
                    self.cut = uncompressed.cut
            before += part.size
            self._progress(before)

    def _event(self, data: bytes, stream: "io.BufferedReader[Uncompressed]") -> Iterator[Event]:
        self._digest.update(data)
        whole = data.endswith(b"\n")
        found = _NAME.match(data)
        if not found and data.strip():
            if whole or len(data) == MAX_EVENT_BYTES:
                raise MalformedEventError(self.lines, "this is no event of Spark")
            self.cut = True
            return
        name = found[1].decode() if found else ""
        if len(data) == MAX_EVENT_BYTES and not whole:
            if name in self._kinds:
                limit = f"{MAX_EVENT_BYTES >> 20} MiB"
                raise MalformedEventError(self.lines, f"a {name} of more than {limit}")
            while (data := stream.readline(_BUFFER)) and not data.endswith(b"\n"):
                self._digest.update(data)
            self._digest.update(data)
        elif name in self._kinds:
            value = self._parsed(data, whole=whole)
            if value is not None:
                yield Event(self.lines, name, value)

    def _parsed(self, data: bytes, *, whole: bool) -> dict[str, Any] | None:
        if _depth(data) > MAX_DEPTH:
            raise MalformedEventError(self.lines, "nested too deeply")
        try:
            value: dict[str, Any] = json.loads(data)
        except ValueError as error:  # of JSON, of Unicode, or of a number without end
            if not whole:
                self.cut = True
                return None
            raise MalformedEventError(self.lines, f"not JSON: {error}") from error
        return value


def _depth(data: bytes) -> int:
    """How deep brackets nest; those in texts count too, which are few and closed in Spark's."""
    brackets = data.translate(None, _NO_BRACKETS)
    if len(brackets) <= MAX_DEPTH:
        return len(brackets)
    depth = deepest = 0
    for each in brackets:
        depth += 1 if each in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest
