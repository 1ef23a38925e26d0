"""`recommend`: which cluster to run a job on."""

import sys

import click
from rich.table import Table

from ledger.capture.units import Dimension
from ledger.cli.advising import advice
from ledger.cli.asking import Quantity
from ledger.cli.asking import prices_of
from ledger.cli.asking import query_of
from ledger.cli.asking import question_options
from ledger.cli.asking import scale_outs
from ledger.cli.predict import basis_of
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.insight.advised import Choice
from ledger.insight.advised import Recommended
from ledger.insight.advised import Trial
from ledger.insight.evidence import Only
from ledger.model.advice.conditions import CONFIDENCE
from ledger.model.advice.conditions import Conditions
from ledger.model.advice.pricing import Unit
from ledger.model.advice.wishes import TRIALS
from ledger.model.advice.wishes import Wishes

_GIGABYTE = 10**9

NOTHING_KEEPS = 3
"""Exit code: no cluster keeps the conditions."""


@click.command()
@question_options
@click.option("--deadline", type=Quantity(Dimension.SECONDS), help="When it must be over (10min).")
@click.option("--budget", type=float, help="What a run may cost, in the unit of the costs.")
@click.option(
    "--confidence",
    default=CONFIDENCE,
    show_default=True,
    type=float,
    help="Probability with which the deadline and the budget are kept.",
)
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="MACHINE=USD",
    help="US dollars for an hour of one node; without any, costs are core-hours.",
)
@click.option("--machine-type", "machine_types", multiple=True, help="One that may be chosen.")
@click.option("--nodes", multiple=True, help="Scale-outs that may be chosen: 4, 2,4,8 or 2-12.")
@click.option(
    "--next",
    "trials",
    default=TRIALS,
    show_default=True,
    type=click.IntRange(0, 20),
    help="How many runs to name that would tell most.",
)
@click.option("--all", "show_all", is_flag=True, help="Show every cluster, not only the best.")
@json_option
@pass_session
def recommend(
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
    deadline: float | None,
    budget: float | None,
    confidence: float,
    prices: tuple[str, ...],
    machine_types: tuple[str, ...],
    nodes: tuple[str, ...],
    trials: int,
    show_all: bool,
    as_json: bool,
) -> None:
    """Recommend a cluster for a job: the cheapest by a deadline, or the fastest under a budget.

    With neither, the cheapest and the fastest are named. Clusters are those that the job ran on,
    at every scale-out between; the table shows those that no other beats in cost and runtime.

    Exits with 3 where no cluster keeps the conditions.

    \b
    Examples:
      perfledger recommend --job sort --input-bytes 15GB --deadline 5min
      perfledger recommend --job sort --input-bytes 15GB --deadline 5min --confidence 0.95 \\
          --price c4.2xlarge=0.40 --price m4.2xlarge=0.40
      perfledger recommend --job grep --input-bytes 20GB -p pattern=x --budget 2 --nodes 2-8 --json
    """
    conditions = Conditions(deadline, budget, confidence)
    query = query_of(
        job,
        1,
        framework=framework,
        input_bytes=input_bytes,
        params=params,
        traits=traits,
        contributor=contributor,
    )
    wishes = Wishes(conditions, prices_of(prices), machine_types, scale_outs(nodes), trials)
    with advice(session, group) as (advisor, queries):
        found = advisor.recommend(queries, query, wishes, only=Only(only))
    if as_json:
        session.print_json(found)
    else:
        _tell(session, found, show_all=show_all)
    if found.choice is None:
        sys.exit(NOTHING_KEEPS)


def _tell(session: Session, found: Recommended, *, show_all: bool) -> None:
    best = found.choice or found.likeliest
    if found.choice is None:
        session.out.print(
            f"[bold]no cluster keeps that with {found.confidence:.0%}[/bold]; nearest is "
            f"{_cluster(best)}, with {best.chance:.0%}"
        )
    else:
        session.out.print(f"[bold]{_cluster(best)}[/bold]  {_takes(best, found)}")
        if found.fastest is not None and found.fastest != found.cheapest:
            other = found.cheapest if best == found.fastest else found.fastest
            what = "cheapest" if other == found.cheapest else "fastest"
            if other is not None:
                session.out.print(f"{what}: {_cluster(other)}  {_takes(other, found)}")
    session.out.print(basis_of(best.runtime))
    session.out.print(_table(found, found.options if show_all else _shown(found)))
    session.out.print(best.spark_submit, markup=False)
    if found.trials:
        session.out.print("to know better, run next:")
        session.out.print(_trials(found))
    for note in dict.fromkeys((*found.notes, *best.runtime.notes)):
        session.out.print(f"note: {note}", markup=False)


def _shown(found: Recommended) -> list[Choice]:
    return [each for each in found.options if each.on_front]


def _table(found: Recommended, options: list[Choice]) -> Table:
    table = Table(box=None, pad_edge=False)
    limits = found.deadline_seconds is not None or found.budget is not None
    for name in ("cluster", "runtime", f"at {found.confidence:.0%}", "cost"):
        table.add_column(name, justify="left" if name == "cluster" else "right")
    if limits:
        table.add_column("keeps it", justify="right")
    for each in options:
        row = [
            _cluster(each),
            f"{each.runtime.runtime_seconds:.1f} s",
            "-" if each.sure_seconds is None else f"{each.sure_seconds:.1f} s",
            _cost(each.cost, found.unit),
        ]
        table.add_row(*row, *([f"{each.chance:.0%}"] if limits else []))
    return table


def _trials(found: Recommended) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("cluster", "input", "expected", "runtime", "cost"):
        table.add_column(name, justify="left" if name == "cluster" else "right")
    for each in found.trials:
        table.add_row(
            _cluster(each),
            "-" if each.input_bytes is None else f"{each.input_bytes / _GIGABYTE:,.2f} GB",
            f"{each.bits:.2f} bits",
            f"{each.seconds:.1f} s",
            _cost(each.cost, found.unit),
        )
    return table


def _cluster(choice: Choice | Trial) -> str:
    return f"{choice.nodes} x {choice.machine_type}"


def _takes(choice: Choice, found: Recommended) -> str:
    sure = choice.sure_seconds
    by = "" if sure is None else f" ({found.confidence:.0%} by {sure:.1f} s)"
    return f"{choice.runtime.runtime_seconds:.1f} s{by}, {_cost(choice.cost, found.unit)}"


def _cost(cost: float | None, unit: Unit) -> str:
    if cost is None:
        return "-"
    return f"${cost:.4f}" if unit is Unit.USD else f"{cost:.3f} {unit.value}"
