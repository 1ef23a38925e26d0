"""Results of `bench.simulate` as tables of a page."""

from bench.markdown import Result
from bench.markdown import chain_of
from bench.markdown import rows_as_table
from bench.markdown import seconds_of


def calibration(found: Result) -> str:
    """What was measured and what was simulated."""
    rows = [
        (
            str(each["peers"]),
            chain_of(each),
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
        f"{rows_as_table(('peers', 'chain', 'loss', 'records', *columns), rows)}\n\n"
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
            *seconds_of(each["seconds"]),
            f"{each['sent']['median'] / 1e6:.2f}",
            f"{each['sent']['p95'] / 1e6:.2f}",
            f"{each['publisher_sent'] / 1e6:,.2f}",
        )
        for each in found["replication"]
    ]
    columns = (">median s", ">p95", ">most", ">a peer sends MB", ">p95", ">publisher MB")
    table = rows_as_table(("peers", "records", "served on", *columns), rows)
    crowds = rows_as_table(
        ("join at once", ">median s", ">p95", ">most"),
        [(f"{each['joining']:,}", *seconds_of(each["seconds"])) for each in found["crowds"]],
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
    return rows_as_table(("there", "repaired", *(f">{n}" for n in copies)), rows)
