"""`predict`: how long a job will take, and why to believe it."""

import click

from ledger.capture.machine import local_cluster
from ledger.cli.advising import advice
from ledger.cli.asking import MOST_CORES
from ledger.cli.asking import query_of
from ledger.cli.asking import question_options
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.insight.advised import Foretold
from ledger.insight.evidence import Only
from ledger.model.prediction import LEVEL


@click.command()
@question_options
@click.option("--nodes", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--machine-type", help="Machine type [default: this processor's model].")
@click.option(
    "--cores",
    type=click.IntRange(1, MOST_CORES),
    help="Cores of a node, where no record says how many the machine type has.",
)
@click.option("--any-machine", is_flag=True, help="Do not ask for a machine type.")
@click.option(
    "--level",
    default=LEVEL,
    show_default=True,
    type=click.FloatRange(0, 1, max_open=True),
    help="Share of runs that the interval should hold.",
)
@json_option
@pass_session
def predict(
    session: Session,
    /,
    job: str,
    framework: str | None,
    input_bytes: int | None,
    params: tuple[str, ...],
    traits: tuple[str, ...],
    only: str,
    contributor: str | None,
    group: str | None,
    nodes: int,
    machine_type: str | None,
    cores: int | None,
    any_machine: bool,
    level: float,
    as_json: bool,
) -> None:
    """Predict the runtime of a job from the records of others like it.

    The answer names its model, its error on data it did not see, and the records it rests on.

    \b
    Examples:
      perfledger predict --job sort --input-bytes 15GB --nodes 4 --machine-type m4.2xlarge
      perfledger predict --job wordcount --input-bytes 48MB -p workers=2 --level 0.5
      perfledger predict --job sort --input-bytes 15GB --nodes 4 --machine-type brand-new --cores 16
    """
    if machine_type is None and not any_machine:
        machine_type = local_cluster().machine_type
    query = query_of(
        job,
        nodes,
        framework=framework,
        input_bytes=input_bytes,
        params=params,
        traits=traits,
        machine_type=machine_type,
        cores_per_node=cores,
        contributor=contributor,
    )
    with advice(session, group) as (advisor, queries):
        found = advisor.predict(queries, query, only=Only(only), level=level)
    if as_json:
        session.print_json(found)
        return
    session.out.print(
        f"[bold]{found.runtime_seconds:.2f} s[/bold]  "
        f"({found.level:.0%} of runs between {found.lower_seconds:.2f} and "
        f"{found.upper_seconds:.2f} s)"
    )
    session.out.print(basis_of(found))
    for note in found.notes:
        session.out.print(f"note: {note}")


def basis_of(found: Foretold) -> str:
    """Which model, how wrong it is, and what it rests on."""
    standing = ", ".join(f"{count} {status.value}" for status, count in found.standing.items())
    return (
        f"model {found.model}, error {found.error:.1%} on data it did not see, from "
        f"{found.records} records ({standing}) of {found.configurations} configurations"
    )
