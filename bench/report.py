"""Puts what `bench.peers` and `bench.simulate` found into docs/peers-measured.md.

    python -m bench.report

The tables of that page stand between comments that name them; everything else in it is written by
hand. A table whose result is not in bench/results/ stays as it is.
"""

import json
import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench.measuring import MIB
from bench.simulation.parameters import CALIBRATION

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "peers-measured.md"
RESULTS = Path(__file__).parent / "results"

Result = dict[str, Any]


def replication(result: Result) -> str:
    """Seconds from anchored to verified and stored."""
    rows = []
    for run in result["runs"]:
        for where, figures in [("everywhere", run["seconds"]), *run["regions"].items()]:
            first = where == "everywhere"
            head = (
                (_chain(run), f"{run['loss']:.0%}", f"{run['records']:,}") if first else ("",) * 3
            )
            rows.append((*head, where, *_seconds(figures)))
    table = _table(("chain", "loss", "records", "where", ">median", ">p95", ">most"), rows)
    late = sum(run["late"] for run in result["runs"])
    batches = sum(run["batches"] for run in result["runs"])
    return f"{table}\n\n{batches} batches; later than two minutes: {late}. {_circumstances(result)}"


def bootstrap(results: Sequence[Result]) -> str:
    """Seconds until a peer that starts empty has everything."""
    rows = []
    for result in results:
        trend = result["trend_per_peer"]
        rows.append(
            (
                f"{result['records']:,}",
                str(len(result["joined"])),
                *_seconds(result["seconds"]),
                _trend(trend),
                _trend(result["cpu_trend_per_peer"]),
                f"{result['cpu_seconds']['median']:.1f}",
                f"{result['peak_rss']['most'] / MIB:.0f}",
                f"{result['idle_cpu_per_peer']:.1%}",
            )
        )
    table = _table(
        (
            "records",
            ">joined",
            ">median s",
            ">p95",
            ">most",
            ">s per peer there (95 %)",
            ">CPU s per peer there (95 %)",
            ">CPU s",
            ">peak MiB",
            ">idle",
        ),
        rows,
    )
    notes = " ".join(
        f"{result['records']:,} records: {_circumstances(result)}" for result in results
    )
    return f"{table}\n\n{notes}"


def churn(result: Result) -> str:
    """What was left of it."""
    rows = [
        (
            "peers besides the publisher's, of them lying",
            f"{result['peers']}, {len(result['liars'])}",
        ),
        ("seconds, loss each way", f"{result['seconds']:,.0f}, {result['loss']:.0%}"),
        ("down at any time, at least", str(result["least_down"])),
        ("killed and restarted", f"{result['killed']:,}"),
        ("batches, records", f"{result['batches']:,}, {result['records']:,}"),
        ("answers in which a bit was wrong", f"{result['lies_told']:,}"),
        (
            "honest peers that caught a liar, that were distrusted",
            f"{result['honest_that_caught_a_liar']}, {len(result['honest_distrusted'])}",
        ),
        (
            "stores looked at right after a kill, of them wrong",
            f"{result['killed']:,}, {len(result['wrong_on_the_way'])}",
        ),
        ("seconds until everybody had everything", f"{result['settle_seconds']:.0f}"),
        ("whole at the end", f"{result['whole']} of {result['checked']}"),
        ("blocks hashed at the end", f"{result['blocks_hashed']:,}"),
    ]
    return f"{_table(('', '>'), rows)}\n\n{_circumstances(result)}"


def calibration(found: Result) -> str:
    """What was measured and what was simulated."""
    rows = [
        (
            str(each["peers"]),
            _chain(each),
            f"{each['loss']:.0%}",
            f"{each['records']:,}",
            f"{each['measured']['median']:.2f}",
            f"{each['simulated']['median']:.2f}",
            f"{each['median_error']:+.0%}",
            f"{each['measured']['p95']:.2f}",
            f"{each['simulated']['p95']:.2f}",
            f"{each['p95_error']:+.0%}",
        )
        for each in found["compared"]
    ]
    columns = (">median", ">simulated", ">error", ">p95", ">simulated", ">error")
    error = found["error"]
    return (
        f"{_table(('peers', 'chain', 'loss', 'records', *columns), rows)}\n\n"
        f"Error of the medians: typically {error['median_typical']:.0%}, at worst "
        f"{error['median_worst']:.0%}; of the 95th percentiles: typically "
        f"{error['p95_typical']:.0%}, at worst {error['p95_worst']:.0%}."
    )


def simulation(found: Result) -> str:
    """One batch through many peers, and crowds that join."""
    rows = [
        (
            f"{each['peers']:,}",
            f"{each['records']:,}",
            "yes" if each["sharing"] else "no",
            *_seconds(each["seconds"]),
            f"{each['sent']['median'] / 1e6:.2f}",
            f"{each['sent']['p95'] / 1e6:.2f}",
            f"{each['publisher_sent'] / 1e6:,.2f}",
        )
        for each in found["replication"]
    ]
    columns = (">median s", ">p95", ">most", ">a peer sends MB", ">p95", ">publisher MB")
    table = _table(("peers", "records", "served on", *columns), rows)
    crowds = _table(
        ("join at once", ">median s", ">p95", ">most"),
        [(f"{each['joining']:,}", *_seconds(each["seconds"])) for each in found["crowds"]],
    )
    return f"{table}\n\n{crowds}"


def availability(found: Result) -> str:
    """Share of time that a batch cannot be had, and of batches that are lost."""
    cases = found["availability"]
    copies = sorted({each["copies"] for each in cases})
    rows = []
    for uptime in sorted({each["uptime"] for each in cases}):
        for repaired in (False, True):
            chosen = {
                each["copies"]: each
                for each in cases
                if each["uptime"] == uptime and (each["repair_seconds"] is not None) is repaired
            }
            cells = [f"{chosen[n]['unavailable']:.1e} ({chosen[n]['lost']:.1%})" for n in copies]
            rows.append((f"{uptime:.0%}", "yes" if repaired else "no", *cells))
    return _table(("there", "repaired", *(f">{n}" for n in copies)), rows)


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
        "replication": (RESULTS / "replication-24.json", replication),
        "churn": (RESULTS / "churn.json", churn),
        "calibration": (CALIBRATION, calibration),
        "simulation": (RESULTS / "simulation.json", simulation),
        "availability": (RESULTS / "simulation.json", availability),
    }
    for name, (path, render) in single.items():
        if path.exists():
            yield name, render(json.loads(path.read_text(encoding="utf-8")))
    joined = [json.loads(each.read_text("utf-8")) for each in RESULTS.glob("bootstrap-*.json")]
    if joined:
        yield "bootstrap", bootstrap(sorted(joined, key=lambda each: int(each["records"])))


def _chain(run: Result) -> str:
    return "near" if run["chain_is_near"] else "far"


def _seconds(figures: Result) -> tuple[str, str, str]:
    return f"{figures['median']:.2f}", f"{figures['p95']:.2f}", f"{figures['most']:.2f}"


def _trend(trend: Result | None) -> str:
    if trend is None:
        return "too few"
    return f"{trend['slope']:+.3f} ({trend['low']:+.3f} to {trend['high']:+.3f})"


def _circumstances(result: Result) -> str:
    busy, late = result["contention"], result["network"]["lateness"]
    return (
        f"{busy['cores']} cores, {busy['busy']:.0%} busy, load {busy['load']:.1f} at the end; "
        f"packets were {late['median_ms']:g} ms late (median), {late['p99_ms']:g} ms (p99)"
        f"; TCP {result['network'].get('congestion_control', 'as the machine has it')}."
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown; a column whose name begins with ``>`` is aligned to the right."""
    names = [column.removeprefix(">") for column in columns]
    rules = ["--:" if column.startswith(">") else "---" for column in columns]
    lines = [names, rules, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
