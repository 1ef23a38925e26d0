"""Results of `bench.peers` as tables."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.measuring import MIB


def replication(result: dict[str, Any]) -> None:
    """Seconds from anchored to verified and stored."""
    out = Console()
    peers = result["plan"]["peers"]
    table = Table(title=f"seconds until {peers} peers have a batch, verified", box=box.SIMPLE_HEAD)
    for column in ("chain", "loss", "records", "where"):
        table.add_column(column)
    for column in ("median", "p95", "most"):
        table.add_column(column, justify="right")
    for run in result["runs"]:
        rows = [("everywhere", run["seconds"]), *run["regions"].items()]
        for place, (where, figures) in enumerate(rows):
            chain = "near" if run["chain_is_near"] else "far"
            first = (chain, f"{run['loss']:.0%}", f"{run['records']:,}")
            head = first if place == 0 else ("", "", "")
            table.add_row(*head, where, *_figures(figures))
        table.add_section()
    out.print(table)
    late = sum(run["late"] for run in result["runs"])
    peersdb = result["peersdb"]
    out.print(
        f"late: {late}; PeersDB, the log entry alone: {peersdb['least']:g} to "
        f"{peersdb['most']:g} s, mean {peersdb['mean']:g}"
    )
    _circumstances(out, result)


def bootstrap(result: dict[str, Any]) -> None:
    """Seconds until a new peer has everything."""
    out = Console()
    table = Table(
        title=f"peers that join a ledger of {result['records']:,} records", box=box.SIMPLE_HEAD
    )
    for column in ("present", "region"):
        table.add_column(column)
    for column in ("seconds", "CPU s", "peak MiB", "machine busy", "others' CPU s"):
        table.add_column(column, justify="right")
    for each in result["joined"]:
        seconds = "never" if each["seconds"] is None else f"{each['seconds']:.2f}"
        table.add_row(
            str(each["present"]),
            each["region"],
            seconds,
            f"{each['cpu_seconds']:.2f}",
            f"{each['peak_rss'] / MIB:.0f}",
            f"{each['machine_busy']:.0%}",
            f"{each['others_cpu']:.1f}",
        )
    out.print(table)
    if result["seconds"]:
        median, p95, most = _figures(result["seconds"])
        out.print(f"seconds: median {median}, p95 {p95}, most {most}; never: {result['never']}")
    for name, key in (("seconds", "trend_per_peer"), ("CPU seconds", "cpu_trend_per_peer")):
        if trend := result[key]:
            out.print(
                f"{name} per peer that is there: {trend['slope']:+.4f} "
                f"(95 %: {trend['low']:+.4f} to {trend['high']:+.4f})"
            )
    out.print(f"an idle peer takes {result['idle_cpu_per_peer']:.2%} of a core")
    _circumstances(out, result)


def churn(result: dict[str, Any]) -> None:
    """What was left of it."""
    out = Console()
    wrong = len(result["wrong_on_the_way"])
    table = Table(
        title=f"{result['seconds']:.0f} s of churn", box=box.SIMPLE_HEAD, show_header=False
    )
    rows = {
        "peers besides the publisher's": result["peers"],
        "of them lying": len(result["liars"]),
        "down at any time, at least": result["least_down"],
        "killed and restarted": result["killed"],
        "batches, records": f"{result['batches']:,}, {result['records']:,}",
        "answers with a wrong bit": f"{result['lies_told']:,}",
        "honest peers that caught a liar": result["honest_that_caught_a_liar"],
        "honest peers that were distrusted": len(result["honest_distrusted"]),
        "stores found wrong after a kill": f"{wrong} of {result['killed']}",
        "seconds to settle": f"{result['settle_seconds']:.1f}",
        "whole at the end": f"{result['whole']} of {result['checked']}",
        "blocks hashed at the end": f"{result['blocks_hashed']:,}",
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    out.print(table)
    for name, why in result["slow"].items():
        known = ", ".join(f"{url} {state}" for url, (state, _) in why["peers"].items())
        out.print(f"{name} was slow: knew {known or 'nobody'}; lacked {len(why['wants'])}")
    for each in result["not_whole"]:
        faults = ("corrupt", "strangers", "missing")
        counts = ", ".join(f"{len(each[fault])} {fault}" for fault in faults)
        out.print(f"{each['peer']}: {counts}")
    _circumstances(out, result)


def _figures(figures: dict[str, float]) -> tuple[str, str, str]:
    return f"{figures['median']:.3f}", f"{figures['p95']:.3f}", f"{figures['most']:.3f}"


def _circumstances(out: Console, result: dict[str, Any]) -> None:
    network, busy = result["network"], result["contention"]
    late = network["lateness"]
    out.print(
        f"network: namespaces and a user-space emulator (no tc netem), "
        f"TCP {network.get('congestion_control', '')}; packets "
        f"{network['delivered']:,}, lost on purpose {network['lost']:,}, otherwise "
        f"{network['overflowed'] + network['over_rate'] + network['refused']:,}; "
        f"later than due by {late['median_ms']:g} ms (median), {late['p99_ms']:g} ms (p99)"
    )
    out.print(
        f"machine: {busy['cores']} cores, {busy['busy']:.0%} busy for {busy['seconds']:.0f} s, "
        f"load {busy['load']:.1f} at the end"
    )
