"""Gas of every transaction, beside the Ethereum Attestation Service (EAS).

``python -m bench.gas [--json | --write]`` deploys both on one py-evm chain, runs each transaction
once and prints what its receipt says. EAS comes from npm in the version that
contracts/package.json pins, as its authors compiled it. ``--write`` keeps the table in
``bench/gas.json``; a test fails when an entry moves by more than 2 % from what is committed there.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from bench.calls import Bench
from bench.costs import Cost
from contracts import sources
from ledger.errors import PerfledgerError
from tools import node

EAS = "@ethereum-attestation-service/eas-contracts"
TABLE = Path(__file__).parent / "gas.json"
"""The committed table."""

WIDTH = 100
"""Columns that the table takes at least, where no terminal says how many there are."""


def show(costs: list[Cost]) -> None:
    table = Table(title="Gas, as measured on py-evm", box=box.SIMPLE_HEAD, collapse_padding=True)
    for column in ("system", "call"):
        table.add_column(column, no_wrap=True)
    for column in ("records", "gas", "per record", "promised"):
        table.add_column(column, justify="right", no_wrap=True)
    for cost in costs:
        table.add_row(
            cost.system,
            cost.call,
            f"{cost.records:,}" if cost.records else "",
            f"{cost.gas:,}",
            f"{cost.per_record:,.1f}" if cost.per_record else "",
            promised(cost),
        )
    Console(width=max(WIDTH, Console().width)).print(table)


def promised(cost: Cost) -> str:
    """What a cost must not exceed, as the tables say it."""
    limit = f"≤ {cost.limit:,}" if cost.limit else ""
    return f"{limit}, {cost.target}/record" if cost.target else limit


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of a table.")
@click.option("--write", is_flag=True, help="Keep the table in bench/gas.json as well.")
def main(as_json: bool, write: bool) -> None:
    """Measure the gas of every transaction, beside EAS."""
    try:
        bench = Bench(node.npm_ci(sources.FOLDER) / EAS / "artifacts/contracts")
    except PerfledgerError as error:
        click.echo(error.diagnostics(), err=True)
        sys.exit(error.exit_code)
    costs = [*bench.ours(), *bench.theirs(), *bench.deployments]
    if as_json:
        click.echo(json.dumps([cost.as_json() for cost in costs], indent=2))
    else:
        show(costs)
    if write:
        rows = [json.dumps(asdict(cost)) for cost in costs]
        TABLE.write_text("[\n " + ",\n ".join(rows) + "\n]\n", encoding="utf-8")
    if any(cost.missed for cost in costs):
        click.echo("a target was missed", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
