"""Peers by the hundred thousand, simulated as real ones were measured.

    python -m bench.simulate calibrate|run|plots

`calibrate` reads what `bench.peers` left in bench/results/, writes what nodes are like into
bench/simulation/calibration.json, and says how far the simulation is from each measurement. `run`
simulates. `plots` draws docs/peers/*.svg of both.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from bench.measuring import machine
from bench.simulation import reports
from bench.simulation.calibrate import compare
from bench.simulation.calibrate import error_of
from bench.simulation.calibrate import parameters_of
from bench.simulation.parameters import CALIBRATION
from bench.simulation.parameters import Parameters
from bench.simulation.study import SIZES
from bench.simulation.study import study
from bench.swarm.swarm import write_result

RESULTS = Path(__file__).parent / "results"
RESULT = RESULTS / "simulation.json"
PLOTS = Path(__file__).parents[1] / "docs" / "peers"

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, not tables.")


@click.group()
def main() -> None:
    """Simulate peers, as real ones were measured."""


@main.command()
@click.option("--peers", default=24, show_default=True, help="Calibrate with the run of so many.")
@json_option
def calibrate(peers: int, as_json: bool) -> None:
    """Take from measurements what nodes are like, and compare every one with its simulation."""
    results = {each["plan"]["peers"]: each for each in _results("replication")}
    if peers not in results:
        click.echo(
            f"error: run `python -m bench.peers replication --peers {peers}` first", err=True
        )
        sys.exit(66)
    joins = [
        (int(result["records"]), float(each["cpu_seconds"]))
        for result in _results("bootstrap")
        for each in result["joined"]
    ]
    parameters = parameters_of(results[peers], joins)
    compared = [each for result in results.values() for each in compare(parameters, result)]
    found = {
        "machine": results[peers]["machine"],
        "parameters": asdict(parameters),
        "compared": [asdict(each) for each in compared],
        "error": error_of(compared),
    }
    write_result(CALIBRATION, found)
    _print(found, as_json, reports.calibration)


@main.command()
@click.option("--most", default=SIZES[-1], show_default=True, help="Largest number of peers.")
@json_option
def run(most: int, as_json: bool) -> None:
    """Simulate replication, crowds that join, and availability under churn."""
    if not CALIBRATION.exists():
        click.echo("error: run `python -m bench.simulate calibrate` first", err=True)
        sys.exit(66)
    with Progress(console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done)

        found = {"machine": machine(), **study(Parameters.read(), most, told)}
    write_result(RESULT, found)
    _print(found, as_json, reports.study)


@main.command()
def plots() -> None:
    """Draw what was simulated, beside what was measured."""
    from bench.simulation.plots import draw

    simulated = json.loads(RESULT.read_text(encoding="utf-8"))
    for path in draw(PLOTS, simulated, _results("replication"), _results("bootstrap")):
        click.echo(f"{path.relative_to(PLOTS.parents[1])}: {path.stat().st_size:,} bytes")


def _results(name: str) -> list[dict[str, Any]]:
    """What `bench.peers` left, the smallest run first."""
    found = [
        json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob(f"{name}-*.json")
    ]
    return sorted(found, key=lambda each: each.get("records") or each["plan"]["peers"])


def _print(found: dict[str, Any], as_json: bool, show: Any) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
