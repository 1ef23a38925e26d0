"""Records per second and peak memory of the main job, from a table to the index.

    python -m bench.pipeline [--records 100000] [--json]

A table like C3O's is imported into a fresh home folder with the embedded defaults and goes the
whole way: import → encode → store → acknowledge → sign → tree → anchor → index. Deploying the
contracts is not counted. Then one validator checks the batch and attests, its report is indexed,
and the index is dropped and rebuilt. Beside them, in the same run, two peers over the same rows,
because the ratio of two figures says more about another machine than either does.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.measuring import MIB
from bench.measuring import PeakMemory
from bench.measuring import StageClock
from bench.measuring import machine
from bench.tables import write_sort_table
from ledger.capture.mapping import preset
from ledger.capture.rows import Good
from ledger.capture.tables import read_table
from ledger.garbage import collect_rarely
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import digest_of
from ledger.record.schema import Record
from ledger.settings import load
from ledger.store.sqlite import SQLiteBlockStore

TARGET_PER_SECOND = 5_000
TARGET_MEMORY = 1024 * MIB

IMPORT = "import"
STORE = "encode and store"
MAIN_JOB = {
    IMPORT: "read the table, map its columns, check against the schema",
    STORE: "canonical DAG-CBOR, SHA-256, look-ups, blocks on disk",
    "acknowledge": "outbox on disk",
    "list as pending": "rows of the index",
    "sign": "Merkle tree over the records, one EIP-712 signature",
    "keep the submission": "outbox on disk",
    "name the contributor": "rows of the index",
    "batch": "batch tree, manifest and pages on disk",
    "anchor": "one transaction, mined and on disk",
    "index": "read the batch, turn its pending rows into anchored ones",
}
AFTERWARDS = {
    "check and attest": "one validator: every record checked, verdict tree, one transaction",
    "index the report": "verdicts into statuses",
    "db rebuild": "drop the index, rebuild it from chain and block store",
}
PEER_FILE = "peer: JSONL and SHA-256"
PEER_STORE = "peer: a commit per record"
PEERS = {
    PEER_FILE: "each row as JSON, hashed, appended; one fsync at the end",
    PEER_STORE: "each record's block made durable by itself, 1,000 of them",
}
PEER_RECORDS = 1_000

BEGUN_BY = {
    "records stored": "acknowledge",
    "records accepted": "list as pending",
    "submission signed": "keep the submission",
    "submission kept": "name the contributor",
    "batch built": "anchor",
}
"""The stage that begins when the node says that a step is durable."""


@dataclass(frozen=True)
class Stage:
    """One row of the result."""

    name: str
    what: str
    records: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Records per second."""
        return self.records / self.seconds


@dataclass(frozen=True)
class Measurement:
    """What one run gave; memory in bytes."""

    records: int
    stages: list[Stage]
    afterwards: list[Stage]
    peers: list[Stage]
    idle_memory: int
    peak_memory: int
    peak_memory_afterwards: int

    @property
    def seconds(self) -> float:
        """The main job, table to index."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def cpu_seconds(self) -> float:
        """The same on the cores, which other processes do not stretch."""
        return sum(stage.cpu_seconds for stage in self.stages)

    @property
    def per_second(self) -> float:
        """Records per second over everything."""
        return self.records / self.seconds

    @property
    def missed(self) -> list[str]:
        """Targets that were not met."""
        faults = []
        if self.per_second < TARGET_PER_SECOND:
            faults.append(f"{self.per_second:,.0f} records/s; {TARGET_PER_SECOND:,} are promised")
        if self.peak_memory > TARGET_MEMORY:
            faults.append(
                f"{self.peak_memory / MIB:,.0f} MiB; {TARGET_MEMORY // MIB:,} are promised"
            )
        return faults

    def as_json(self) -> dict[str, Any]:
        """The measurement as ``--json`` prints it."""
        return {
            "machine": machine(),
            **asdict(self),
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "records_per_second": self.per_second,
            "times_the_file": self.seconds / self.peers[0].seconds,
            "missed": self.missed,
        }


def measure(folder: Path, records: int, bar: Progress) -> Measurement:
    """Run the main job once, in a folder that is empty."""
    table = folder / "sort.tsv"
    write_sort_table(table, records)
    clock = StageClock()
    settings = load(folder / "home", batch_records=max(records, 100_000))
    with PeakMemory() as memory, Node(settings, observer=_watch(clock)) as node:
        node.connect()
        node.sync.step()
        idle = memory.so_far()
        _main_job(node, table, records, clock, bar)
        peak = memory.so_far()
        _validate(node, records, clock, bar)
        _rebuild(node, records, clock, bar)
        peak_afterwards = memory.so_far()
    with clock.stage(PEER_FILE):
        _write_lines(table, folder / "peer.jsonl")
    _store_one_by_one(table, folder / "peer.sqlite", clock)
    return Measurement(
        records=records,
        stages=_stages(MAIN_JOB, clock, records),
        afterwards=_stages(AFTERWARDS, clock, records),
        peers=_stages(PEERS, clock, records),
        idle_memory=idle,
        peak_memory=peak,
        peak_memory_afterwards=peak_afterwards,
    )


def _watch(clock: StageClock) -> Any:
    def observe(step: str) -> None:
        if step in BEGUN_BY:
            clock.enter(BEGUN_BY[step])

    return observe


def _main_job(node: Node, table: Path, records: int, clock: StageClock, bar: Progress) -> None:
    task = bar.add_task("import, encode, store", total=records)
    read = _records(table, clock)
    accepted = node.accept(read, progress=lambda done: bar.advance(task, done))
    assert len(accepted.new) == records
    task = bar.add_task("sign, anchor, index", total=3)
    clock.enter("sign")
    node.submit(accepted.new)
    bar.advance(task)
    clock.enter("batch")
    carried = node.carrier.step()
    bar.advance(task)
    clock.enter("index")
    result = node.sync.step()
    clock.enter(None)
    bar.advance(task)
    assert (carried.built, carried.anchored, result.records) == (1, 1, records)


def _records(table: Path, clock: StageClock) -> Iterator[Record]:
    clock.enter(IMPORT)
    for row in read_table(table, preset("c3o")):
        assert isinstance(row, Good)
        clock.enter(STORE)
        yield row.record
        clock.enter(IMPORT)
    clock.enter(STORE)


def _validate(node: Node, records: int, clock: StageClock, bar: Progress) -> None:
    task = bar.add_task("check and attest", total=records)
    with clock.stage("check and attest"):
        (attested,) = node.validators()[0].step(
            progress=lambda _, done: bar.update(task, completed=done)
        )
    assert attested.accepted == records
    with clock.stage("index the report"):
        node.sync.step()


def _rebuild(node: Node, records: int, clock: StageClock, bar: Progress) -> None:
    task = bar.add_task("db rebuild", total=records)

    def show(what: str, done: int, _of: int) -> None:
        if what == "records":
            bar.update(task, completed=done)

    with clock.stage("db rebuild"):
        result = node.rebuild(progress=show)
    assert result.records == records


def _write_lines(table: Path, target: Path) -> None:
    with table.open(encoding="utf-8") as rows, target.open("w", encoding="utf-8") as lines:
        columns = next(rows).rstrip("\n").split("\t")
        for row in rows:
            text = json.dumps(dict(zip(columns, row.rstrip("\n").split("\t"), strict=True)))
            lines.write(hashlib.sha256(text.encode()).hexdigest() + " " + text + "\n")
        lines.flush()
        os.fsync(lines.fileno())


def _store_one_by_one(table: Path, target: Path, clock: StageClock) -> None:
    rows = read_table(table, preset("c3o"))
    blocks = [
        codec.encode(row.record)
        for row, _ in zip(rows, range(PEER_RECORDS), strict=False)
        if isinstance(row, Good)
    ]
    store = SQLiteBlockStore(target)
    with clock.stage(PEER_STORE):
        for block in blocks:
            store.put_many([(digest_of(block), block)])
    store.close()


def _stages(names: dict[str, str], clock: StageClock, records: int) -> list[Stage]:
    return [
        Stage(
            name,
            what,
            min(records, PEER_RECORDS) if name == PEER_STORE else records,
            clock.spent[name].seconds,
            clock.spent[name].cpu_seconds,
        )
        for name, what in names.items()
    ]


def show(found: Measurement) -> None:
    table = Table(title=f"{found.records:,} records", box=box.SIMPLE_HEAD)
    table.add_column("stage", no_wrap=True)
    table.add_column("what it does")
    for column in ("seconds", "CPU s", "records/s"):
        table.add_column(column, justify="right", no_wrap=True)
    for stage in found.stages:
        _row(table, stage)
    table.add_section()
    table.add_row(
        "table to index",
        "target: ≥ 5,000/s",
        f"{found.seconds:.2f}",
        f"{found.cpu_seconds:.2f}",
        f"{found.per_second:,.0f}",
    )
    table.add_section()
    for stage in found.afterwards:
        _row(table, stage)
    table.add_section()
    for stage in found.peers:
        _row(table, stage)
    out = Console()
    out.print(table)
    out.print(
        f"peak memory {found.peak_memory / MIB:,.0f} MiB (target: < 1,024; before the first record "
        f"{found.idle_memory / MIB:,.0f}, with validator and rebuild "
        f"{found.peak_memory_afterwards / MIB:,.0f})"
    )
    out.print(f"{found.seconds / found.peers[0].seconds:.0f} times as long as the JSONL file")
    out.print(", ".join(f"{name} {value}" for name, value in machine().items()))


def _row(table: Table, stage: Stage) -> None:
    table.add_row(
        stage.name,
        stage.what,
        f"{stage.seconds:.2f}",
        f"{stage.cpu_seconds:.2f}",
        f"{stage.per_second:,.0f}",
    )


@click.command()
@click.option("--records", default=100_000, show_default=True, help="Rows of the table.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(records: int, as_json: bool) -> None:
    """Measure the main job over a generated table; exit 1 where a target is missed."""
    collect_rarely()  # as the command does
    with (
        tempfile.TemporaryDirectory(prefix="perfledger-bench-") as folder,
        Progress(console=Console(stderr=True)) as bar,
    ):
        found = measure(Path(folder), records, bar)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
    else:
        show(found)
    for fault in found.missed:
        click.echo(f"a target was missed: {fault}", err=True)
    if found.missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
