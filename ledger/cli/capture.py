"""`run` and `import`: where records come from."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from rich.table import Table

from ledger.anchor.intake import Accepted
from ledger.capture.command import run_command
from ledger.capture.importing import Importable
from ledger.capture.importing import importables
from ledger.capture.inputs import input_of
from ledger.capture.machine import local_cluster
from ledger.capture.mapping import load_mapping
from ledger.capture.mapping import preset
from ledger.capture.mapping import presets
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError
from ledger.faults import understood
from ledger.offline import OfflineNode
from ledger.record.schema import Cluster
from ledger.record.schema import CommandOrigin
from ledger.record.schema import Framework
from ledger.record.schema import Input
from ledger.record.schema import Job
from ledger.record.schema import Record
from ledger.record.schema import Scalar
from ledger.record.schema import Status

BAD_ROWS_SHOWN = 20
BAD_ROWS = 65


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--job", help="Name to compare runs under [default: the command's name].")
@click.option("--framework", default="process", show_default=True, help="What executes it.")
@click.option("--framework-version", help="Its version.")
@click.option("--param", "-p", "params", multiple=True, metavar="K=V", help="A parameter.")
@click.option("--conf", "confs", multiple=True, metavar="K=V", help="A setting of the framework.")
@click.option(
    "--input",
    "-i",
    "inputs",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="File or folder it reads; its size is recorded.",
)
@click.option("--input-bytes", type=click.IntRange(min=0), help="Size of the input, if not local.")
@click.option("--trait", "traits", multiple=True, metavar="K=V", help="A property of the input.")
@click.option("--nodes", type=click.IntRange(min=1), help="Number of worker nodes [default: 1].")
@click.option("--cores", type=click.IntRange(min=1), help="Cores used on each node.")
@click.option("--machine-type", help="Machine type [default: this processor's model].")
@click.option("--contribute", "then_contribute", is_flag=True, help="Contribute it right away.")
@json_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_session
def run(
    session: Session,
    job: str | None,
    framework: str,
    framework_version: str | None,
    params: tuple[str, ...],
    confs: tuple[str, ...],
    inputs: tuple[Path, ...],
    input_bytes: int | None,
    traits: tuple[str, ...],
    nodes: int | None,
    cores: int | None,
    machine_type: str | None,
    then_contribute: bool,
    as_json: bool,
    command: tuple[str, ...],
) -> None:
    """Run a COMMAND, measure it, record it.

    Wall time, CPU time, peak memory and bytes read and written are of the whole process tree. The
    command's output passes through, and its exit code becomes this command's. A run that fails is
    recorded as failed. Where --contribute does not succeed, that is said and the record is kept.

    \b
    Examples:
      perfledger run -- sort -o sorted.txt big.txt
      perfledger run --job sort -p lines=1000000 -i big.txt --cores 2 -- sort --parallel=2 big.txt
    """
    measured = input_of(inputs) if inputs else Input()
    with session.offline_node() as node:
        node.open()  # what is broken is better known before an hour of work than after it
        record = run_command(
            command,
            job=Job(
                name=job or Path(command[0]).name,
                framework=Framework(name=framework, version=framework_version),
                parameters=pairs(params),
            ),
            input=Input(
                size_bytes=measured.size_bytes if input_bytes is None else input_bytes,
                characteristics=pairs(traits),
            ),
            cluster=_cluster(nodes, cores, machine_type),
            configuration=pairs(confs),
        )
        accepted = node.accept([record])
        (cid,) = accepted.new
    if as_json:
        session.print_json({"cid": cid, "record": record})
    else:
        _tell(session, record, cid)
    if then_contribute:
        _contribute(session, cid)
    sys.exit(_exit_code(record))


def _contribute(session: Session, cid: str) -> None:
    """Sign the record and bring it on its way; the command's exit code does not depend on it."""
    try:
        with understood(), session.node() as node:
            node.submit([cid])
            node.cycle()
    except PerfledgerError as error:
        session.remark(f"it is kept, but could not be contributed: {error.message}")
        session.remark(f"hint: {error.hint}".rstrip())
        session.remark("`perfledger contribute` tries again.")


def _cluster(nodes: int | None, cores: int | None, machine_type: str | None) -> Cluster:
    changes = {"nodes": nodes, "cores_per_node": cores, "machine_type": machine_type}
    given = {name: value for name, value in changes.items() if value is not None}
    return local_cluster().model_copy(update=given)


def pairs(texts: tuple[str, ...]) -> dict[str, Scalar]:
    """The NAME=VALUE options of a command line.

    Raises:
        InvalidInputError: one has no equals sign.
    """
    pairs: dict[str, Scalar] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInputError(
                f"{text!r} is not a pair", hint="Write it as NAME=VALUE, e.g. --param k=5."
            )
        pairs[name] = _scalar(value)
    return pairs


def _scalar(text: str) -> Scalar:
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _tell(session: Session, record: Record, cid: str) -> None:
    metrics = record.metrics
    parts = [f"{record.status.value} in {record.runtime_seconds:.2f} s"]
    if metrics is not None and metrics.cpu_seconds is not None:
        parts.append(f"CPU {metrics.cpu_seconds:.2f} s")
    if metrics is not None and metrics.peak_memory_bytes is not None:
        parts.append(f"peak {metrics.peak_memory_bytes / 1e6:.0f} MB")
    session.remark(f"{', '.join(parts)}: recorded as {cid}")


def _exit_code(record: Record) -> int:
    code = (record.origin.exit_code or 0) if isinstance(record.origin, CommandOrigin) else 0
    if record.status is Status.KILLED or code < 0:
        return 128 + abs(code)
    return code


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--preset", "preset_name", type=click.Choice(presets()), help="A built-in map.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A map of your own (docs/import.md, docs/example-map.toml).",
)
@click.option(
    "--killed", is_flag=True, help="Take Spark applications whose log has no end as killed."
)
@json_option
@pass_session
def import_(
    session: Session,
    files: tuple[Path, ...],
    preset_name: str | None,
    map_file: Path | None,
    killed: bool,
    as_json: bool,
) -> None:
    """Read executions from tables (CSV, TSV, JSON, JSONL) and Spark event logs.

    Without a map, JSON holds records in the ledger's own form and columns of tables are guessed by
    their names. Event logs are found out by their content: single files, rolling logs, ZIPs of the
    History Server, and folders of all these (docs/spark.md). Bad rows are reported with file, line,
    column and reason, and so are files that cannot be read; good rows go in all the same, and the
    exit code is then 65. Importing a file again adds nothing.

    \b
    Examples:
      perfledger import --preset c3o sort.tsv grep.tsv
      perfledger import --map docs/example-map.toml runs.csv
      perfledger import records.jsonl
      perfledger import --map docs/example-spark-map.toml /var/log/spark-events
    """
    if preset_name and map_file:
        raise InvalidInputError("--preset and --map exclude each other", hint="Give one of them.")
    mapping = preset(preset_name) if preset_name else load_mapping(map_file) if map_file else None
    bad: list[tuple[Path, Bad]] = []
    failed: list[tuple[Path, PerfledgerError]] = []
    new: list[str] = []
    known: list[str] = []
    with session.offline_node() as node:
        for file in files:
            try:
                for each in importables(file, mapping, killed=killed):
                    accepted = _import(session, node, each, bad)
                    new.extend(accepted.new)
                    known.extend(accepted.known)
            except (InvalidInputError, NotFoundError) as error:
                failed.append((file, error))
    if as_json:
        session.print_json(
            {
                "new": len(new),
                "known": len(known),
                "bad": [
                    {
                        "file": str(file),
                        "line": row.line,
                        "column": row.column,
                        "reason": row.reason,
                    }
                    for file, row in bad
                ],
                "failed": [
                    {"file": str(file), "reason": error.message, "hint": error.hint}
                    for file, error in failed
                ],
            }
        )
    else:
        _tell_import(session, len(new), len(known), bad)
    for file, fault in failed:
        click.echo(f"error: {file}: {fault.message}\nhint: {fault.hint}", err=True)
    if failed and len(failed) == len(files):
        sys.exit(failed[0][1].exit_code)
    if bad or failed:
        sys.exit(BAD_ROWS)


def _import(
    session: Session, node: OfflineNode, given: Importable, bad: list[tuple[Path, Bad]]
) -> Accepted:
    with session.progress() as bar:
        task = bar.add_task(f"reading {harmless(given.path.name)}", total=given.size)

        def good() -> Iterator[Record]:
            for row in given.rows(lambda done: bar.update(task, completed=done)):
                if isinstance(row, Good):
                    yield row.record
                else:
                    bad.append((given.path, row))

        return node.accept(good())


def _tell_import(session: Session, new: int, known: int, bad: list[tuple[Path, Bad]]) -> None:
    if bad:
        table = Table("file", "line", "column", "reason", title="rows that are not records")
        for file, row in bad[:BAD_ROWS_SHOWN]:
            cells = (file.name, str(row.line), row.column or "", row.reason)
            table.add_row(*map(harmless, cells))
        session.err.print(table)
        if len(bad) > BAD_ROWS_SHOWN:
            session.remark(f"and {len(bad) - BAD_ROWS_SHOWN:,} more (--json lists all)")
    session.out.print(f"{new:,} new records, {known:,} known already, {len(bad):,} bad rows")
    if new:
        session.remark("Next: `perfledger contribute` signs them and brings them on chain.")
