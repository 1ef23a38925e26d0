"""Puts what `bench.peers` and `bench.simulate` found into docs/peers-measured.md.

    python -m bench.report

The tables of that page stand between comments that name them; everything else in it is written by
hand. A table whose result is not in bench/results/ stays as it is.
"""

import json
import re
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path

import click

from bench.markdown import Result
from bench.simulation import markdown as simulated
from bench.simulation.parameters import CALIBRATION
from bench.swarm import markdown as measured

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "peers-measured.md"
RESULTS = Path(__file__).parent / "results"


def fill(text: str, name: str, table: str) -> str:
    """The page with one table replaced.

    Raises:
        KeyError: the page has no such place.
    """
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not place.search(text):
        raise KeyError(name)
    return place.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)


def _tables() -> Iterable[tuple[str, str]]:
    single: dict[str, tuple[Path, Callable[[Result], str]]] = {
        "replication": (RESULTS / "replication-24.json", measured.replication),
        "churn": (RESULTS / "churn.json", measured.churn),
        "calibration": (CALIBRATION, simulated.calibration),
        "simulation": (RESULTS / "simulation.json", simulated.simulation),
        "availability": (RESULTS / "simulation.json", simulated.availability),
    }
    for name, (path, render) in single.items():
        if path.exists():
            yield name, render(json.loads(path.read_text(encoding="utf-8")))
    joined = [json.loads(each.read_text("utf-8")) for each in RESULTS.glob("bootstrap-*.json")]
    if joined:
        yield "bootstrap", measured.bootstrap(sorted(joined, key=lambda each: int(each["records"])))


@click.command()
def main() -> None:
    """Put results into the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in _tables():
        text = fill(text, name, table)
        click.echo(name)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
