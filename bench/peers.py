"""How fast and how robustly peers replicate: real processes on an emulated network.

    python -m bench.peers replication|bootstrap|churn [--quick] [--json]

Each peer is a `perfledger node run` in a network namespace of its own; Anvil is the chain. The
packets between them are delayed, and some lost, by `bench.network`, which says in the result how
exact it was. All of them share the cores of this machine, so that the result also says how busy
those were. The result is kept in bench/results/.
"""

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import TextColumn
from rich.progress import TimeElapsedColumn

from bench.measuring import machine
from bench.network import isolate
from bench.network import require_namespaces
from bench.swarm import bootstrap as bootstrapping
from bench.swarm import churn as churning
from bench.swarm import replication as replicating
from bench.swarm import tables
from bench.swarm.swarm import write_result
from ledger.errors import PerfledgerError

RESULTS = Path(__file__).parent / "results"

Told = Callable[[str, int, int], None]

quick_option = click.option("--quick", is_flag=True, help="Fewer peers and less time.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, not tables.")
peers_option = click.option("--peers", type=click.IntRange(min=3), help="How many peers.")
keep_option = click.option(
    "--keep", type=click.Path(path_type=Path), help="Folder to work in, which is kept."
)


@click.group()
def main() -> None:
    """Measure peers on an emulated network."""


@main.command()
@quick_option
@peers_option
@keep_option
@json_option
def replication(quick: bool, peers: int | None, keep: Path | None, as_json: bool) -> None:
    """Time from anchored to verified and stored on each of 24 peers in six regions."""
    plan = replicating.Plan.of(quick=quick, peers=peers)
    name = f"replication-{plan.peers}"
    with _working(name, keep) as (folder, logs, told):
        result = replicating.measure(folder, plan, told, logs)
    _done(name, result, as_json, tables.replication)


@main.command()
@quick_option
@peers_option
@keep_option
@click.option("--records", type=click.IntRange(min=10), default=10_000, show_default=True)
@click.option(
    "--budget", default=1_500.0, show_default=True, help="Seconds after which nobody joins."
)
@json_option
def bootstrap(  # noqa: PLR0917 - click passes options by name
    quick: bool, peers: int | None, keep: Path | None, records: int, budget: float, as_json: bool
) -> None:
    """Time until a peer that starts empty has everything, while up to 50 join."""
    joins = peers or (6 if quick else 50)
    records = min(records, 1_000) if quick else records
    name = f"bootstrap-{records}"
    with _working(name, keep) as (folder, logs, told):
        result = bootstrapping.measure(
            folder, bootstrapping.Plan(records, joins, budget), told, logs
        )
    _done(name, result, as_json, tables.bootstrap)


@main.command()
@quick_option
@peers_option
@keep_option
@click.option("--seconds", type=float, help="How long [default: 600].")
@json_option
def churn(
    quick: bool, peers: int | None, keep: Path | None, seconds: float | None, as_json: bool
) -> None:
    """A third of the peers down at any time, two that lie; exit 1 where anything is wrong."""
    peers = peers or (9 if quick else 24)
    with _working("churn", keep) as (folder, logs, told):
        lasting = seconds or (60.0 if quick else 600.0)
        result = churning.measure(folder, churning.Plan(peers, lasting), told, logs)
    _done("churn", result, as_json, tables.churn)
    if result["whole"] != result["checked"] or result["wrong_on_the_way"]:
        sys.exit(1)


@contextmanager
def _working(name: str, keep: Path | None) -> Iterator[tuple[Path, Path, Told]]:
    """A folder to work in, one for logs, and a progress bar; errors are for people."""
    folder = Path(tempfile.mkdtemp(prefix="perfledger-peers-")) if keep is None else keep
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, Any] = {}
    # Asked to end, it takes everything down as after Ctrl-C, the folder included.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

    def told(what: str, done: int, of: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=of)
        bar.update(tasks[what], completed=done, total=of)

    try:
        isolate()
        require_namespaces()
        with bar:
            yield folder, RESULTS / f"{name}-logs", told
    except PerfledgerError as error:
        click.echo(f"error: {error.diagnostics()}", err=True)
        sys.exit(error.exit_code)
    finally:
        signal.signal(signal.SIGTERM, before)
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _done(
    name: str, result: dict[str, Any], as_json: bool, show: Callable[[dict[str, Any]], None]
) -> None:
    result = {"machine": machine(), **result}
    write_result(RESULTS / f"{name}.json", result)
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
