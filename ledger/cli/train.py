"""`train`: learning beforehand from an export, here or on Spark."""

from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import click

from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import UnavailableError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class NoSparkError(UnavailableError):
    """PySpark is not installed."""


@click.command()
@click.argument("export", nargs=-1, required=True)
@click.option("--spark", "master", metavar="MASTER", help="Learn on this Spark, e.g. local[4].")
@click.option(
    "--only",
    type=click.Choice(["accepted", "any"]),
    default="accepted",
    show_default=True,
    help="Which records to learn from.",
)
@json_option
@pass_session
def train(
    session: Session, export: tuple[str, ...], master: str | None, only: str, as_json: bool
) -> None:
    """Learn the models of all jobs of a Parquet EXPORT, and keep them for predictions.

    EXPORT is a file of `perfledger export --format parquet`, or a folder of them; with --spark
    whatever Spark reads. Models are kept in the home folder under the digests of the records they
    rest on: `perfledger predict` uses them while it finds the same records.

    \b
    Examples:
      perfledger train ledger.parquet
      perfledger train --spark spark://cluster:7077 s3a://bucket/ledger/
    """
    from ledger.model import training
    from ledger.model.shelf import Shelf

    session.require_home()
    accepted_only = only == "accepted"
    shelf = Shelf(session.settings.models_path)
    if master is None:
        paths = [_there(each) for each in export]
        count = training.shelve(training.on_this_machine(paths, accepted_only=accepted_only), shelf)
    else:
        spark = _spark(master)
        try:
            models = training.on_spark(spark, export, accepted_only=accepted_only)
            count = training.shelve(models, shelf)
        finally:
            spark.stop()
    if as_json:
        session.print_json({"models": count})
    else:
        for job, models_of_it in count.items():
            session.out.print(f"{job}: {models_of_it} models", markup=False)


def _there(name: str) -> Path:
    path = Path(name)
    if not path.exists():
        raise click.BadParameter(f"{name} does not exist.")
    return path


def _spark(master: str) -> "SparkSession":
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSparkError(
            "PySpark is not installed", hint="pip install 'perfledger[spark]'"
        ) from error
    builder: Any = SparkSession.builder.master(master).appName("perfledger train")
    session: SparkSession = builder.getOrCreate()
    return session
