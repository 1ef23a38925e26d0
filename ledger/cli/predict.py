"""`predict`: how long a job will take, and why to believe it."""

from typing import Any

import click

from ledger.capture.machine import local_cluster
from ledger.cli.run import pairs
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.index.filters import Filter
from ledger.index.views import LedgerStatus
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.model.predict import Prediction
from ledger.model.predict import predict as predict_runtime
from ledger.offline import OfflineNode
from ledger.record.schema import Status


@click.command()
@click.option("--job", required=True, help="Name of the job.")
@click.option("--input-bytes", type=click.IntRange(min=0), help="Size of its input in bytes.")
@click.option("--nodes", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--machine-type", help="Machine type [default: this processor's model].")
@click.option("--any-machine", is_flag=True, help="Do not ask for a machine type.")
@click.option("--param", "-p", "params", multiple=True, metavar="K=V", help="A parameter.")
@click.option("--trait", "traits", multiple=True, metavar="K=V", help="A property of the input.")
@click.option(
    "--only",
    type=click.Choice(["accepted", "any"]),
    default="accepted",
    show_default=True,
    help="Which records to learn from.",
)
@json_option
@pass_session
def predict(
    session: Session,
    job: str,
    input_bytes: int | None,
    nodes: int,
    machine_type: str | None,
    any_machine: bool,
    params: tuple[str, ...],
    traits: tuple[str, ...],
    only: str,
    as_json: bool,
) -> None:
    """Predict the runtime of a job from the records of others like it.

    The answer names its model, its error on data it did not see, and how many records it rests on.

    \b
    Examples:
      perfledger predict --job sort --input-bytes 15000000000 --nodes 4 --machine-type m4.2xlarge
      perfledger predict --job wordcount --input-bytes 48000000 -p workers=2
    """
    if machine_type is None and not any_machine:
        machine_type = local_cluster().machine_type
    query = Query(
        job=job,
        nodes=nodes,
        size_bytes=input_bytes,
        machine_type=machine_type,
        parameters=pairs(params),
        characteristics=pairs(traits),
    )
    with session.offline_node() as node:
        found = predict_runtime(observations(node, job, accepted_only=only == "accepted"), query)
    if as_json:
        session.print_json(_as_json(found))
    else:
        _tell(session, found)


def _as_json(found: Prediction) -> dict[str, Any]:
    names = ("runtime_seconds", "lower_seconds", "upper_seconds", "level", "model", "error")
    counts = ("configurations", "records", "cids", "notes")
    return {name: getattr(found, name) for name in (*names, *counts)}


def observations(node: OfflineNode, job: str, *, accepted_only: bool = True) -> list[Observation]:
    """What the ledger knows of a job's successful runs."""
    status = (LedgerStatus.ACCEPTED,) if accepted_only else ()
    chosen = Filter(job=(job,), status=status, outcome=(Status.SUCCEEDED,))
    return [Observation(cid, record) for cid, record, _ in node.queries.observations(chosen)]


def _tell(session: Session, found: Prediction) -> None:
    session.out.print(
        f"[bold]{found.runtime_seconds:.2f} s[/bold]  "
        f"({found.level:.0%} of runs between {found.lower_seconds:.2f} and "
        f"{found.upper_seconds:.2f} s)"
    )
    session.out.print(
        f"model {found.model}, error {found.error:.1%} on data it did not see, from "
        f"{found.records} records of {found.configurations} configurations"
    )
    for note in found.notes:
        session.out.print(f"note: {note}")
