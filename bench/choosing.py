"""How good recommendations are: on inputs that were left out of C3O's tables.

    python -m bench.choosing measure [--contexts 8] [--chooser NAME]...
    python -m bench.choosing show [--write]

For each job some inputs are left out, one at a time. Deadlines are 1.1, 1.5 and 2.5 times the
fastest cluster's median; a cluster is chosen with a confidence of 90 % out of the other inputs'
runs, and the five runs that the tables have of it say what would have become of that. `measure`
keeps what it found in bench/results/, `show` prints the table (`--write`: into docs/predict.md).
"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from bench.markdown import rows_as_table
from bench.measuring import machine
from bench.prediction.c3o import TABLES as FOLDER
from bench.prediction.choosers import CHOOSERS
from bench.prediction.choosing import TABLES
from bench.prediction.choosing import contexts
from bench.prediction.choosing import outcome
from bench.report import fill

RESULTS = Path(__file__).parent / "results" / "choosing.json"
PAGE = Path(__file__).parents[1] / "docs" / "predict.md"


@click.group()
def main() -> None:
    """Measure how good recommendations are."""


@main.command()
@click.option("--contexts", "most", default=8, show_default=True, help="Inputs of each job.")
@click.option("--chooser", "names", multiple=True, type=click.Choice(list(CHOOSERS)))
def measure(most: int, names: tuple[str, ...]) -> None:
    """Choose for each input that is left out, and look up what became of it."""
    if not FOLDER.is_dir():
        click.echo(f"error: C3O's tables are not in {FOLDER}", err=True)
        sys.exit(66)
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    found: dict[str, list[list[float]]] = kept.get("choosers", {})
    for name in names or CHOOSERS:
        found[name] = []
        for table in TABLES:
            for context in contexts(table, FOLDER, most):
                choose = CHOOSERS[name](context)
                for deadline in context.deadlines:
                    what = outcome(context, deadline, choose(deadline))
                    found[name].append([float(what.chosen), what.met, what.cost])
        click.echo(" ".join(_row(name, found[name])))
    RESULTS.parent.mkdir(exist_ok=True)
    content = {"contexts": most, "machine": machine(), "choosers": found}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n")


@main.command()
@click.option("--write", is_flag=True, help="Put the table into docs/predict.md.")
def show(write: bool) -> None:
    """Print the table of what was measured."""
    found = json.loads(RESULTS.read_text())["choosers"]
    columns = ("who chooses", ">answers", ">runs in time", ">cost against the best")
    table = rows_as_table(columns, [_row(name, found[name]) for name in CHOOSERS if name in found])
    click.echo(table)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(fill(page, "choosing", table), encoding="utf-8")


def _row(name: str, outcomes: list[list[float]]) -> list[str]:
    answered = [each for each in outcomes if each[0]]
    ratios = [cost for _, _, cost in answered if cost == cost]  # noqa: PLR0124 - not a number
    return [
        name,
        f"{len(answered)} of {len(outcomes)}",
        f"{100 * sum(met for _, met, _ in answered) / max(len(answered), 1):.1f}%",
        f"{sum(ratios) / max(len(ratios), 1):.2f}",
    ]


if __name__ == "__main__":
    main()
