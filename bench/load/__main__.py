"""People browsing a large ledger while others contribute to it.

    pip install -e '.[bench]'
    python -m bench.load [--records 1000000] [--seconds 180] [--home FOLDER] [--json]

A ledger of that many records is made in a home folder (kept with ``--home``, and used again the
next time), the whole way from a table to the chain. `perfledger up` serves it as in production.
Then locust lets 50 readers and 20 contributors at it, on the same machine. Afterwards every record
that was acknowledged is looked for on the ledger.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import requests
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.browsing import JOBS
from bench.browsing import MACHINES
from bench.measuring import machine

READERS, CONTRIBUTORS = 50, 20
GOAL_SECONDS = 0.25
START_SECONDS = 300
ANCHOR_SECONDS = 300
MANY = str(10**9)
"""Of what is limited by address: all of them have one here."""

SETTINGS = {
    "PERFLEDGER_API_READS_PER_MINUTE": MANY,
    "PERFLEDGER_API_WRITES_PER_MINUTE": MANY,
    "PERFLEDGER_BATCH_RECORDS": "50000",
    "PERFLEDGER_DEV_VALIDATORS": "0",
    "PERFLEDGER_APP_PORT": "0",
    "PERFLEDGER_CHAIN_PORT": "0",
}


@click.command()
@click.option("--records", type=click.IntRange(min=1_000), default=1_000_000, show_default=True)
@click.option("--seconds", type=click.IntRange(min=10), default=180, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--home", type=click.Path(path_type=Path), help="Home folder, made if missing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, not a table.")
def main(*, records: int, seconds: int, workers: int, home: Path | None, as_json: bool) -> None:
    """Let 50 people browse while 20 contribute."""
    with tempfile.TemporaryDirectory() as folder:
        place = home or Path(folder) / "home"
        if not place.exists():
            _make(place, Path(folder), records)
        with _serving(place, workers) as url:
            result = _measure(url, Path(folder), seconds)
    result |= {"records": records, "workers": workers, "machine": machine()}
    if as_json:
        click.echo(json.dumps(result))
    else:
        _show(result)
    sys.exit(1 if result["problems"] else 0)


def _make(home: Path, folder: Path, records: int) -> None:
    """The whole way: from a table to the chain."""
    table = folder / "runs.csv"
    _write(table, records)
    for command in (["init"], ["import", table], ["contribute", "--timeout", "3600"]):
        _perfledger(home, *command)


def _write(path: Path, records: int) -> None:
    draw = random.Random(3)
    begun = datetime(2024, 1, 1, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(
            ("job", "framework", "machine_type", "provider", "nodes", "input_size_gb", "k",
             "runtime_s", "started_at")
        )  # fmt: skip
        for number in range(records):
            provider = draw.choice(list(MACHINES))
            nodes, size = draw.choice((2, 4, 8, 12, 16)), draw.choice((1, 3, 10, 30, 100))
            runtime = size * 10 / nodes * draw.lognormvariate(0, 0.2) + 20
            lines.writerow(
                (
                    draw.choice(JOBS),
                    "spark" if draw.random() < 0.8 else "flink",
                    draw.choice(MACHINES[provider]),
                    provider or "",
                    nodes,
                    size,
                    draw.randrange(10_000),
                    round(runtime, 2),
                    (begun + timedelta(seconds=40 * number)).isoformat(),
                )
            )


def _perfledger(home: Path, *arguments: Any) -> None:
    command = [sys.executable, "-m", "ledger.cli", "--home", home, *arguments]
    began = time.monotonic()
    subprocess.run(command, env=os.environ | SETTINGS, check=True, stdout=sys.stderr)
    click.echo(f"{arguments[0]}: {time.monotonic() - began:.0f} s", err=True)


@contextmanager
def _serving(home: Path, workers: int) -> Iterator[str]:
    """A running node; gives the URL of its app."""
    environment = os.environ | SETTINGS | {"PERFLEDGER_WORKERS": str(workers)}
    command = [sys.executable, "-m", "ledger.cli", "--home", home, "up"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        url = next(line.split()[1] for line in lines if line.startswith("app "))
        _wait_until_counted(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_until_counted(url: str) -> None:
    """Until each worker answers out of memory, which it begins to read when it starts."""
    deadline = time.monotonic() + START_SECONDS
    quick = 0
    while quick < 20:
        if time.monotonic() > deadline:
            raise click.ClickException("The app did not get ready.")
        began = time.monotonic()
        requests.get(f"{url}/api/v1/facets?q=k%3D{random.randrange(10**6)}", timeout=60)
        quick = quick + 1 if time.monotonic() - began < 1 else 0
        time.sleep(0.1)


def _measure(url: str, folder: Path, seconds: int) -> dict[str, Any]:
    acknowledged = folder / "acknowledged.jsonl"
    acknowledged.touch()
    figures = folder / "figures.json"
    command = [
        sys.executable, "-m", "locust", "-f", Path(__file__).with_name("users.py"),
        "--headless", "--only-summary", "-H", url, "-u", str(READERS + CONTRIBUTORS),
        "-r", "10", "-t", f"{seconds}s", "--json-file", figures.with_suffix(""),
        "--exit-code-on-error", "0",
    ]  # fmt: skip
    environment = os.environ | {"PERFLEDGER_BENCH_ACKNOWLEDGED": str(acknowledged)}
    subprocess.run(command, env=environment, check=True, stdout=sys.stderr)
    told = [json.loads(line) for line in acknowledged.read_text().splitlines()]
    cids = {cid for each in told for cid in each}
    lost = _lost(url, cids)
    rows = [_row(each) for each in json.loads(figures.read_text())]
    slow = [row["name"] for row in rows if row["method"] == "GET" and row["p95"] > GOAL_SECONDS]
    failed = sum(row["failures"] for row in rows)
    problems = [
        *(f"p95 of {name} is above {GOAL_SECONDS} s" for name in slow),
        *([f"{failed} requests failed"] if failed else []),
        *([f"{len(lost)} acknowledged records are lost"] if lost else []),
    ]
    return {"rows": rows, "contributed": len(cids), "lost": sorted(lost), "problems": problems}


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    """One kind of request; locust gives times as a histogram, in milliseconds."""
    times = sorted((float(at), number) for at, number in entry["response_times"].items())
    return {
        "name": entry["name"],
        "method": entry["method"],
        "requests": entry["num_requests"],
        "failures": entry["num_failures"],
        "median": _percentile(times, 0.5),
        "p95": _percentile(times, 0.95),
        "most": entry["max_response_time"] / 1e3,
    }


def _percentile(times: list[tuple[float, int]], share: float) -> float:
    wanted = share * sum(number for _, number in times)
    for at, number in times:
        wanted -= number
        if wanted <= 0:
            return at / 1e3
    return 0.0


def _lost(url: str, cids: set[str]) -> set[str]:
    """Those of the records that are not anchored after a while."""
    missing = set(cids)
    deadline = time.monotonic() + ANCHOR_SECONDS
    while missing and time.monotonic() < deadline:
        for cid in list(missing):
            if time.monotonic() > deadline:
                break
            answer = requests.get(f"{url}/api/v1/records/{cid}", timeout=60)
            if answer.ok and answer.json()["row"]["status"] != "pending":
                missing.discard(cid)
        time.sleep(1)
    return missing


def _show(result: dict[str, Any]) -> None:
    console = Console()
    title = (
        f"{READERS} readers and {CONTRIBUTORS} contributors, {result['records']:,} records, "
        f"{result['workers']} workers"
    )
    table = Table(title=title)
    for heading in ("request", "number", "failed", "median ms", "p95", "most"):
        table.add_column(heading, justify="left" if heading == "request" else "right")
    for row in result["rows"]:
        table.add_row(
            escape(row["name"]),
            f"{row['requests']:,}",
            f"{row['failures']:,}",
            *(f"{row[name] * 1e3:,.0f}" for name in ("median", "p95", "most")),
        )
    console.print(table)
    console.print(
        f"{result['contributed']:,} records were acknowledged meanwhile; "
        f"lost: {len(result['lost'])}"
    )
    for problem in result["problems"]:
        console.print(f"[red]{escape(problem)}")
    console.print(str(result["machine"]))


if __name__ == "__main__":
    main()
