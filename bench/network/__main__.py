"""How exact and how fast the emulated network is on this machine.

python -m bench.network [--json]
"""

import json
import sys
from dataclasses import asdict
from dataclasses import dataclass

import click
from rich import box
from rich.console import Console
from rich.table import Table

from bench.measuring import machine
from bench.network import EmulatedNetwork
from bench.network import NamespacesNeededError
from bench.network import isolate
from bench.network.calibration import echo
from bench.network.calibration import transfer
from bench.network.emulated import Report
from bench.network.regions import REGIONS
from bench.network.regions import matrix
from bench.network.regions import round_trip_ms

ECHOES = 500
LOSSY_ECHOES = 5_000
LOSS = 0.01
NEAR_BYTES = 64 << 20
FAR_BYTES = 4 << 20


@dataclass(frozen=True)
class RoundTrip:
    """Milliseconds asked for, and measured by datagrams of 100 bytes."""

    one: str
    other: str
    asked_ms: float
    median_ms: float
    worst_ms: float


@dataclass(frozen=True)
class Calibration:
    """What one run showed.

    Attributes:
        round_trips: from one region to every other.
        asked_loss: share that should be lost on the way there and back.
        loss: share that was.
        packets_per_second: of a TCP transfer as fast as it goes, data and acknowledgements.
        near_bytes_per_second: of that transfer, within a region.
        far_bytes_per_second: of a smaller one, to the farthest region, without loss.
        lossy_bytes_per_second: the same, with loss.
        report: what the emulator counted.
    """

    round_trips: list[RoundTrip]
    asked_loss: float
    loss: float
    packets_per_second: float
    near_bytes_per_second: float
    far_bytes_per_second: float
    lossy_bytes_per_second: float
    report: Report


def measure() -> Calibration:
    """Twelve hosts, two in each region."""
    places = [(f"{region}-{number}", region) for region in REGIONS for number in (1, 2)]
    with EmulatedNetwork(places, matrix()) as network:
        near, neighbour = network.hosts[6:8]  # brazil, which is farthest from australia
        far = network.hosts[-1]
        trips = [_round_trip(network, near.region, region) for region in REGIONS]
        before = network.report()
        seconds = transfer(near, neighbour, NEAR_BYTES)
        after = network.report()
        far_seconds = transfer(near, far, FAR_BYTES)
        network.set_conditions(matrix(loss=LOSS))
        loss = echo(near, neighbour, LOSSY_ECHOES).loss
        lossy_seconds = transfer(near, far, FAR_BYTES)
        return Calibration(
            round_trips=trips,
            asked_loss=1 - (1 - LOSS) ** 2,
            loss=loss,
            packets_per_second=(after.delivered - before.delivered) / seconds,
            near_bytes_per_second=NEAR_BYTES / seconds,
            far_bytes_per_second=FAR_BYTES / far_seconds,
            lossy_bytes_per_second=FAR_BYTES / lossy_seconds,
            report=network.report(),
        )


def _round_trip(network: EmulatedNetwork, one: str, other: str) -> RoundTrip:
    echoes = echo(network.host(f"{one}-1"), network.host(f"{other}-2"), ECHOES)
    return RoundTrip(
        one,
        other,
        round_trip_ms(one, other),
        echoes.median_seconds * 1_000,
        max(echoes.round_trips) * 1_000,
    )


def show(found: Calibration) -> None:
    table = Table("from", "to", title="round trips in ms", box=box.SIMPLE_HEAD)
    for column in ("asked", "median", "worst"):
        table.add_column(column, justify="right")
    for trip in found.round_trips:
        figures = (trip.asked_ms, trip.median_ms, trip.worst_ms)
        table.add_row(trip.one, trip.other, *(f"{each:.2f}" for each in figures))
    out = Console()
    out.print(table)
    late = found.report.lateness
    out.print(
        f"loss there and back: {found.loss:.2%} of {LOSSY_ECHOES:,} "
        f"(asked: {found.asked_loss:.2%})\n"
        f"TCP within a region: {found.near_bytes_per_second / 1e6:,.0f} MB/s, "
        f"{found.packets_per_second:,.0f} packets/s; 320 ms away: "
        f"{found.far_bytes_per_second / 1e6:,.1f} MB/s, with 1 % loss "
        f"{found.lossy_bytes_per_second / 1e6:,.1f} MB/s\n"
        f"handed over later than due by {late.median_ms:g} ms (median), {late.p99_ms:g} ms (p99); "
        f"overflowed: {found.report.overflowed}; priority {found.report.priority}"
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(as_json: bool) -> None:
    """Measure the emulated network with packets of its own."""
    try:
        isolate()
        found = measure()
    except NamespacesNeededError as error:
        click.echo(f"error: {error.diagnostics()}", err=True)
        sys.exit(error.exit_code)
    if as_json:
        click.echo(json.dumps({"machine": machine(), **asdict(found)}, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
