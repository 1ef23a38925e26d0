"""`watch`: taking applications as they end."""

import math

import click

from ledger.capture.answers import Answers
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.flink_jobs.recording import read_job
from ledger.capture.hadoop_jobs.application import read_application
from ledger.capture.hadoop_jobs.mapreduce import read_mapreduce
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.reading import reader
from ledger.cli.following import How
from ledger.cli.following import follow
from ledger.cli.following import following
from ledger.cli.session import Session
from ledger.watch.hadoop_server import JobHistory
from ledger.watch.hadoop_server import ResourceManager
from ledger.watch.source import Source

HOUR = 3600.0


@click.group()
def watch() -> None:
    """Take applications into the ledger as they end.

    \b
    Examples:
      perfledger watch spark /var/log/spark-events
      perfledger watch flink http://jobmanager.example:8081
    """


@watch.command("spark")
@following
@click.option(
    "--abandoned-after",
    "abandoned_hours",
    default=24.0,
    show_default=True,
    help="Hours without a change after which an application without an end was killed.",
)
def spark(session: Session, source: str, how: How, abandoned_hours: float) -> None:
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
      perfledger watch spark /var/log/spark-events --group team
    """
    read = reader(how.log_map)
    follow(session, _spark(source), read, how, abandoned_seconds=abandoned_hours * HOUR)


@watch.command("flink")
@following
def flink(session: Session, source: str, how: How) -> None:
    """Follow a JobManager or History Server of Flink, or a folder of its archives.

    SOURCE is the http URL of a JobManager or of a History Server, or the folder in which jobs are
    archived when they end (jobmanager.archive.fs.dir): a path, or a URL that fsspec reads (s3://,
    hdfs://, gs://, …). Each job is taken once, when it is FINISHED, FAILED or CANCELED, signed and
    brought on its way to the chain; what was taken is remembered in home, as with `watch spark`.
    docs/flink.md says what goes into a record.

    \b
    Examples:
      perfledger watch flink http://jobmanager.example:8081
      perfledger watch flink s3://bucket/completed-jobs --map map.toml
      perfledger watch flink http://history.example:8082 --once --dry-run
    """
    log_map: EventLogMap = how.log_map
    # A job that streams for months is not one that was killed.
    follow(
        session,
        _flink(source),
        lambda answers, _killed: read_job(answers, log_map),
        how,
        abandoned_seconds=math.inf,
    )


@watch.command("hadoop")
@following
@click.option(
    "--resource-manager",
    "manager",
    metavar="URL",
    help="Of the ResourceManager, which tells how large nodes are.",
)
@click.option(
    "--type",
    "kinds",
    multiple=True,
    metavar="TYPE",
    help="Of a ResourceManager, take only applications of this type, e.g. TEZ; repeatable.",
)
def hadoop(
    session: Session, source: str, how: How, manager: str | None, kinds: tuple[str, ...]
) -> None:
    """Follow a JobHistory server of MapReduce, or a ResourceManager of YARN.

    SOURCE is the http URL of a JobHistory server, whose MapReduce jobs are taken with their tasks
    and counters; or of a ResourceManager, which tells less of more: of applications of every type,
    how long they ran, how they ended, and what was reserved for them. Each is taken once, when it
    has ended, signed and brought on its way to the chain; what was taken is remembered in home, as
    with `watch spark`. docs/hadoop.md says what goes into a record.

    \b
    Examples:
      perfledger watch hadoop http://history.example:19888
      perfledger watch hadoop http://history.example:19888 --map map.toml
      perfledger watch hadoop http://manager.example:8088 --type TEZ --once --dry-run
    """
    log_map: EventLogMap = how.log_map
    history = JobHistory(source)
    if history.is_one():
        nodes = ResourceManager(manager) if manager else None

        follow(
            session,
            history,
            lambda answers, _killed: read_mapreduce(
                answers, log_map, nodes.sizes() if nodes else []
            ),
            how,
            abandoned_seconds=math.inf,
        )
        return
    applications = ResourceManager(source, kinds)
    follow(
        session,
        applications,
        lambda answers, _killed: read_application(answers, log_map, applications.sizes()),
        how,
        abandoned_seconds=math.inf,
    )


def _spark(text: str) -> Source[EventLog]:
    if _is_http(text):
        from ledger.watch.history_server import HistoryServer

        return HistoryServer(text)
    from ledger.watch.folder import Folder

    return Folder(text)


def _flink(text: str) -> Source[Answers]:
    if _is_http(text):
        from ledger.watch.flink_server import FlinkServer

        return FlinkServer(text)
    from ledger.watch.flink_archives import FlinkArchives

    return FlinkArchives(text)


def _is_http(text: str) -> bool:
    return text.startswith(("http://", "https://"))
