"""What a round of `watch` does, and what is told of it."""

import json
from collections.abc import Callable
from typing import Any
from typing import Generic

import click

from ledger.anchor.intake import Accepted
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import plain
from ledger.record import codec
from ledger.record.schema import Record
from ledger.watch.memory import Memory
from ledger.watch.source import Log
from ledger.watch.source import Source
from ledger.watch.watcher import Seen
from ledger.watch.watcher import Watcher
from ledger.watch.watcher import What

Shown = Callable[[Record], Record]
"""A record as it is shown."""


class WatchRounds(Generic[Log]):
    """Rounds over one source.

    Records are taken for everybody or, where one is named, for a group.
    """

    def __init__(
        self,
        session: Session,
        source: Source[Log],
        memory: Memory,
        read: Callable[[Log, bool], Record],
        abandoned_seconds: float,
        *,
        group: str | None = None,
        as_json: bool,
    ) -> None:
        self._session = session
        self._source = source
        self._memory = memory
        self._read = read
        self._abandoned_seconds = abandoned_seconds
        self._group = group
        self._as_json = as_json
        self._waiting: set[str] = set()
        self._carrying = True  # what an earlier process has signed

    def take(self) -> None:
        """Keep the records of what has ended."""
        with self._session.offline_node() as node:
            group = self._group
            if group is not None:
                node.groups.get(group)

            def keep(record: Record) -> str:
                if group is None:
                    return _only(node.accept([record]))
                return _only(node.accept_for(group, node.screen.shared([record])))

            self._tell(self._watcher(keep))

    def show(self) -> None:
        """The same, and keep nothing: what would leave is shown."""
        with self._session.offline_node() as node:
            leaves = node.screen.look
            watcher = self._watcher(lambda record: codec.cid_of(leaves(record).record))
            self._tell(watcher, content=lambda record: leaves(record).record)

    def contribute(self, address: str | None) -> None:
        """Sign what was taken, and bring on chain what is on its way there."""
        waiting = self._memory.unsigned()
        if not waiting and not self._carrying:
            return
        with self._session.node() as node:
            if self._group is None:
                mine = set(waiting)
                identifiers = node.contribute(
                    [each for each in node.unsigned() if each in mine], address
                )
            else:
                identifiers = node.contribute_sealed(self._group, address)
            self._memory.signed(waiting)
            if identifiers and not self._as_json:
                self._session.remark(f"signed: contribution {', '.join(identifiers)}")
            self._carrying = True
            if node.on_their_way():
                node.cycle()
            self._carrying = bool(node.on_their_way())

    def _watcher(self, keep: Callable[[Record], str]) -> Watcher[Log]:
        return Watcher(
            self._source,
            self._memory,
            keep,
            read=self._read,
            abandoned_seconds=self._abandoned_seconds,
        )

    def _tell(self, watcher: Watcher[Log], *, content: Shown | None = None) -> None:
        for seen in watcher.round():
            if seen.what is What.WAITS:
                if seen.name in self._waiting:
                    continue
                self._waiting.add(seen.name)
            if self._as_json:
                click.echo(json.dumps(_plain(seen, content=content), ensure_ascii=False))
            else:
                self._session.out.print(harmless(_line(seen)))
                if content is not None and seen.record is not None:
                    self._session.print_json(content(seen.record))


def _only(accepted: Accepted) -> str:
    (cid,) = (*accepted.new, *accepted.known)
    return cid


def _plain(seen: Seen, *, content: Shown | None) -> dict[str, Any]:
    told: dict[str, Any] = {"application": seen.name, "state": seen.what.value}
    if seen.record is None:
        return told | {"reason": seen.reason}
    told |= {"cid": seen.cid, "job": seen.record.job.name, "outcome": seen.record.status.value}
    told["runtime_seconds"] = seen.record.runtime_seconds
    return told if content is None else told | {"record": plain(content(seen.record))}


def _line(seen: Seen) -> str:
    if seen.record is None:
        return f"{seen.name}  {seen.what.value}: {seen.reason}"
    record = seen.record
    return (
        f"{seen.name}  {record.job.name}, {record.status.value} in "
        f"{record.runtime_seconds:,.1f} s on {record.cluster.nodes:,} nodes  {seen.cid}"
    )
