"""Results of `bench.simulate` as tables."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table


def calibration(found: dict[str, Any]) -> None:
    """What nodes are taken for, and how far that is from what was measured."""
    out = Console()
    table = Table(title="what a node is like", box=box.SIMPLE_HEAD, show_header=False)
    for name, value in found["parameters"].items():
        table.add_row(name, f"{value:.6g}" if isinstance(value, float) else str(value))
    out.print(table)
    table = _table(
        "seconds, measured and simulated",
        ("peers", "chain", "loss", "records"),
        ("median", "simulated", "error", "p95", "simulated", "error"),
    )
    for each in found["compared"]:
        table.add_row(
            str(each["peers"]),
            "near" if each["chain_is_near"] else "far",
            f"{each['loss']:.0%}",
            f"{each['records']:,}",
            f"{each['measured']['median']:.2f}",
            f"{each['simulated']['median']:.2f}",
            f"{each['median_error']:+.0%}",
            f"{each['measured']['p95']:.2f}",
            f"{each['simulated']['p95']:.2f}",
            f"{each['p95_error']:+.0%}",
        )
    out.print(table)
    error = found["error"]
    out.print(
        f"error of medians: typically {error['median_typical']:.0%}, at worst "
        f"{error['median_worst']:.0%}; of p95: {error['p95_typical']:.0%}, at worst "
        f"{error['p95_worst']:.0%}"
    )


def study(found: dict[str, Any]) -> None:
    """What was simulated."""
    out = Console()
    table = _table(
        "one batch",
        ("peers", "records", "served on"),
        ("median s", "p95 s", "most s", "sent MB", "p95", "publisher MB", "refused", "CPU s"),
    )
    for each in found["replication"]:
        table.add_row(
            f"{each['peers']:,}",
            f"{each['records']:,}",
            "yes" if each["sharing"] else "no",
            f"{each['seconds']['median']:.2f}",
            f"{each['seconds']['p95']:.2f}",
            f"{each['seconds']['most']:.2f}",
            f"{each['sent']['median'] / 1e6:.3f}",
            f"{each['sent']['p95'] / 1e6:.3f}",
            f"{each['publisher_sent'] / 1e6:.2f}",
            f"{each['refused']:.1f}",
            f"{each['cpu_seconds']:.1f}",
        )
    out.print(table)
    table = _table("peers that join at once", ("joining",), ("median s", "p95 s", "most s"))
    for each in found["crowds"]:
        seconds = each["seconds"]
        figures = (seconds["median"], seconds["p95"], seconds["most"])
        table.add_row(f"{each['joining']:,}", *(f"{figure:.2f}" for figure in figures))
    out.print(table)
    table = _table(
        "batches under churn",
        ("peers are there", "repaired"),
        ("copies", "not available", "lost", "repairs per day"),
    )
    for each in found["availability"]:
        table.add_row(
            f"{each['uptime']:.0%}",
            "no" if each["repair_seconds"] is None else "yes",
            str(each["copies"]),
            f"{each['unavailable']:.2g}",
            f"{each['lost']:.2%}",
            f"{each['repairs']:.2f}",
        )
    out.print(table)


def _table(title: str, left: tuple[str, ...], right: tuple[str, ...]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD)
    for column in left:
        table.add_column(column)
    for column in right:
        table.add_column(column, justify="right")
    return table
