"""Results of `bench.peers` as tables of a page."""

from collections.abc import Sequence

from bench.markdown import Result
from bench.markdown import chain_of
from bench.markdown import rows_as_table
from bench.markdown import seconds_of
from bench.measuring import MIB


def replication(result: Result) -> str:
    """Seconds from anchored to verified and stored."""
    rows = []
    for run in result["runs"]:
        for where, figures in [("everywhere", run["seconds"]), *run["regions"].items()]:
            first = where == "everywhere"
            head = (
                (chain_of(run), f"{run['loss']:.0%}", f"{run['records']:,}") if first else ("",) * 3
            )
            rows.append((*head, where, *seconds_of(figures)))
    table = rows_as_table(("chain", "loss", "records", "where", ">median", ">p95", ">most"), rows)
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
                *seconds_of(result["seconds"]),
                _trend(trend),
                _trend(result["cpu_trend_per_peer"]),
                f"{result['cpu_seconds']['median']:.1f}",
                f"{result['peak_rss']['most'] / MIB:.0f}",
                f"{result['idle_cpu_per_peer']:.1%}",
            )
        )
    table = rows_as_table(
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
    return f"{rows_as_table(('', '>'), rows)}\n\n{_circumstances(result)}"


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
