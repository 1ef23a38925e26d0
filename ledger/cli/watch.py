"""`watch`: taking applications as they end."""

from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import click
from filelock import FileLock
from filelock import Timeout

from ledger import logs
from ledger.capture.mapping import load_mapping
from ledger.capture.spark_events.reading import Reading
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.watch_rounds import WatchRounds
from ledger.errors import PerfledgerError
from ledger.follow import Rounds
from ledger.watch.memory import Memory
from ledger.watch.source import Source

TURN_SECONDS = 60.0
"""How long `--once` waits for another process that watches the same."""

HOUR = 3600.0


class AlreadyWatchedError(PerfledgerError):
    """Another process of this home watches the same source."""

    exit_code: ClassVar[int] = 75


@click.group()
def watch() -> None:
    """Take applications into the ledger as they end.

    \b
    Example:
      perfledger watch spark /var/log/spark-events
    """


@watch.command("spark")
@click.argument("source")
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Names, parameters, machine types (docs/spark.md, docs/example-spark-map.toml).",
)
@click.option("--once", is_flag=True, help="Take what has ended by now, then return.")
@click.option(
    "--dry-run", is_flag=True, help="Show the records of what has ended; keep and sign nothing."
)
@click.option("--keep", is_flag=True, help="Keep the records; `perfledger contribute` signs them.")
@click.option("--from", "address", metavar="ADDRESS", help="Sign as this address.")
@click.option("--every", default=10.0, show_default=True, help="Seconds between two looks.")
@click.option(
    "--abandoned-after",
    "abandoned_hours",
    default=24.0,
    show_default=True,
    help="Hours without a change after which an application without an end was killed.",
)
@json_option
@pass_session
def spark(
    session: Session,
    source: str,
    map_file: Path | None,
    once: bool,
    dry_run: bool,
    keep: bool,
    address: str | None,
    every: float,
    abandoned_hours: float,
    as_json: bool,
) -> None:
    """Follow a folder of Spark event logs, or a History Server.

    SOURCE is a folder (spark.eventLog.dir), a URL that fsspec reads (s3://, hdfs://, gs://, …), or
    the http URL of a History Server. Each application is taken once, when it has ended, signed and
    brought on its way to the chain. What was taken is remembered in home: a process that is killed
    goes on where it was, takes nothing twice and loses nothing. When the source or the chain does
    not answer, it is asked again, less and less often; Ctrl-C ends it.

    With --json, each application is one line.

    \b
    Examples:
      perfledger watch spark /var/log/spark-events
      perfledger watch spark s3://bucket/spark-events --map map.toml
      perfledger watch spark http://history.example:18080 --once --dry-run
    """
    logs.configure()
    session.require_home()
    place = _source(source)
    reading = Reading.by(load_mapping(map_file) if map_file else None)
    memory = Memory(session.settings.watched_path, place.url, notes=not dry_run)
    with _turn(session, place, wait=once), closing(memory):
        rounds = WatchRounds(
            session, place, memory, reading, abandoned_hours * HOUR, as_json=as_json
        )

        def one_round() -> None:
            rounds.take()
            if not keep:
                rounds.contribute(address)

        if dry_run:
            rounds.show()
        elif once:
            one_round()
        else:
            session.remark(f"watching {place.url}")
            Rounds(one_round, pause_seconds=every, name="watching").run()


def _source(text: str) -> Source:
    if text.startswith(("http://", "https://")):
        from ledger.watch.history_server import HistoryServer

        return HistoryServer(text)
    from ledger.watch.folder import Folder

    return Folder(text)


@contextmanager
def _turn(session: Session, source: Source, *, wait: bool) -> Iterator[None]:
    name = sha256(source.url.encode()).hexdigest()[:16]
    lock = FileLock(session.settings.home / f"watching-{name}.lock")
    try:
        lock.acquire(timeout=TURN_SECONDS if wait else 0)
    except Timeout as error:
        raise AlreadyWatchedError(
            f"another process watches {source.url}", hint="One is enough for each home."
        ) from error
    try:
        yield
    finally:
        lock.release()
