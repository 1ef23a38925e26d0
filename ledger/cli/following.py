"""What every `watch` command shares: its options, and the rounds it makes."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Any
from typing import ClassVar

import click
from filelock import FileLock
from filelock import Timeout

from ledger import logs
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.mapping import load_mapping
from ledger.cli.for_group import group_of
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.watch_rounds import WatchRounds
from ledger.errors import PerfledgerError
from ledger.follow import Rounds
from ledger.record.schema import Record
from ledger.watch.memory import Memory
from ledger.watch.source import Log
from ledger.watch.source import Source

TURN_SECONDS = 60.0
"""How long `--once` waits for another process that watches the same."""


class AlreadyWatchedError(PerfledgerError):
    """Another process of this home watches the same source."""

    exit_code: ClassVar[int] = 75


@dataclass(frozen=True, slots=True)
class How:
    """How a source is followed.

    Attributes:
        map_file: names, parameters, machine types.
        once: make one round only.
        dry_run: show what would be taken.
        keep: do not sign it.
        address: sign as this.
        group: for which records are encrypted; None: for everybody.
        every: seconds between two rounds.
        as_json: tell in JSON.
    """

    map_file: Path | None
    once: bool
    dry_run: bool
    keep: bool
    address: str | None
    group: str | None
    every: float
    as_json: bool

    @property
    def log_map(self) -> EventLogMap:
        """What the map says of event logs.

        Raises:
            MappingError: it is none.
        """
        mapping = load_mapping(self.map_file) if self.map_file else None
        return (mapping.event_logs if mapping else None) or EventLogMap()


_OPTIONS = (
    click.argument("source"),
    click.option(
        "--map",
        "map_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Names, parameters, machine types (docs/spark.md, docs/example-spark-map.toml).",
    ),
    click.option("--once", is_flag=True, help="Take what has ended by now, then return."),
    click.option(
        "--dry-run",
        is_flag=True,
        help="Show the records of what has ended; keep and sign nothing.",
    ),
    click.option(
        "--keep", is_flag=True, help="Keep the records; `perfledger contribute` signs them."
    ),
    click.option("--from", "address", metavar="ADDRESS", help="Sign as this address."),
    click.option(
        "--group",
        "group_name",
        metavar="NAME",
        help="Encrypt the records for this group (docs/groups.md).",
    ),
    click.option(
        "--public", is_flag=True, help="For everybody, though PERFLEDGER_GROUP names a group."
    ),
    click.option("--every", default=10.0, show_default=True, help="Seconds between two looks."),
)


def following(command: Callable[..., None]) -> Callable[..., None]:
    """A command that follows a source: takes a session, the source, `How`, and what it adds."""

    @wraps(command)
    def wrapped(
        session: Session,
        source: str,
        map_file: Path | None,
        once: bool,
        dry_run: bool,
        keep: bool,
        address: str | None,
        group_name: str | None,
        public: bool,
        every: float,
        as_json: bool,
        **more: Any,
    ) -> None:
        group = group_of(session, group_name, public=public)
        how = How(map_file, once, dry_run, keep, address, group, every, as_json)
        command(session, source, how, **more)

    decorated: Callable[..., None] = pass_session(wrapped)
    for option in (json_option, *reversed(_OPTIONS)):
        decorated = option(decorated)
    return decorated


def follow(
    session: Session,
    place: Source[Log],
    read: Callable[[Log, bool], Record],
    how: How,
    *,
    abandoned_seconds: float,
) -> None:
    """Follow a source until it is interrupted, or once.

    Args:
        session: of the command.
        place: what is followed.
        read: makes the record of what it gives; told whether it was killed.
        how: it is followed.
        abandoned_seconds: what has not changed for so long was killed.

    Raises:
        AlreadyWatchedError: another process does.
        SourceUnavailableError: it cannot be looked at, and it was to be once.
    """
    logs.configure()
    session.require_home()
    memory = Memory(session.settings.watched_path, place.url, notes=not how.dry_run)
    with _turn(session, place.url, wait=how.once), closing(memory):
        rounds = WatchRounds(
            session,
            place,
            memory,
            read,
            abandoned_seconds,
            group=how.group,
            as_json=how.as_json,
        )

        def one_round() -> None:
            rounds.take()
            if not how.keep:
                rounds.contribute(how.address)

        if how.dry_run:
            rounds.show()
        elif how.once:
            one_round()
        else:
            session.remark(f"watching {place.url}")
            Rounds(one_round, pause_seconds=how.every, name="watching").run()


@contextmanager
def _turn(session: Session, url: str, *, wait: bool) -> Iterator[None]:
    name = sha256(url.encode()).hexdigest()[:16]
    lock = FileLock(session.settings.home / f"watching-{name}.lock")
    try:
        lock.acquire(timeout=TURN_SECONDS if wait else 0)
    except Timeout as error:
        raise AlreadyWatchedError(
            f"another process watches {url}", hint="One is enough for each home."
        ) from error
    try:
        yield
    finally:
        lock.release()
