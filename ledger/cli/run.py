"""`run`: a command becomes a record."""

import sys
from pathlib import Path

import click

from ledger.capture.command import run_command
from ledger.capture.inputs import input_of
from ledger.capture.machine import local_cluster
from ledger.capture.scalars import pairs
from ledger.cli.for_group import group_of
from ledger.cli.for_group import group_options
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.withholding import Withholding
from ledger.errors import PerfledgerError
from ledger.faults import understood
from ledger.offline import OfflineNode
from ledger.privacy.policy import PolicyError
from ledger.record import codec
from ledger.record.schema import Cluster
from ledger.record.schema import CommandOrigin
from ledger.record.schema import Framework
from ledger.record.schema import Input
from ledger.record.schema import Job
from ledger.record.schema import Record
from ledger.record.schema import Status
from ledger.store.files import write_durably


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
@click.option("--dry-run", is_flag=True, help="Show what would leave of the record; keep nothing.")
@group_options("Encrypt the record for this group (docs/groups.md).")
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
    dry_run: bool,
    group_name: str | None,
    public: bool,
    then_contribute: bool,
    as_json: bool,
    command: tuple[str, ...],
) -> None:
    """Run a COMMAND, measure it, record it.

    Wall time, CPU time, peak memory and bytes read and written are of the whole process tree. The
    command's output passes through, and its exit code becomes this command's. A run that fails is
    recorded as failed. Where --contribute does not succeed, that is said and the record is kept.
    With --dry-run the command runs and nothing is kept: what the privacy policy (docs/privacy.md)
    does to the record is shown. With --group only members of that group will be able to read it.

    \b
    Examples:
      perfledger run -- sort -o sorted.txt big.txt
      perfledger run --group team --contribute -- sort -o sorted.txt big.txt
      perfledger run --job sort -p lines=1000000 -i big.txt --cores 2 -- sort --parallel=2 big.txt
    """
    measured = input_of(inputs) if inputs else Input()
    group = group_of(session, group_name, public=public)
    with session.offline_node() as node:
        if group is not None:
            node.groups.get(group)
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
        if dry_run:
            _look(session, node, record, as_json=as_json)
            sys.exit(_exit_code(record))
        record = _shared(node, record)
        if group is None:
            (cid,) = node.accept_shared([record]).new
        else:
            (cid,) = node.accept_for(group, [record]).new
    if as_json:
        session.print_json({"cid": cid, "record": record})
    else:
        _tell(session, record, cid)
    if then_contribute:
        _contribute(session, cid, group)
    sys.exit(_exit_code(record))


def _look(session: Session, node: OfflineNode, record: Record, *, as_json: bool) -> None:
    looked = Withholding()
    shared = node.screen.look(record)
    looked.add(shared)
    if as_json:
        session.print_json({"record": shared.record, "dry_run": looked.as_dict()})
    else:
        looked.tell(session)


def _shared(node: OfflineNode, record: Record) -> Record:
    """The record as the privacy policy lets it leave; what was measured is not lost for a mistake.

    Raises:
        PolicyError: it leaves no valid record; says where the whole one is.
    """
    try:
        (shared,) = node.screen.shared([record])
    except PolicyError as error:
        kept = node.settings.home / f"unshared-{codec.cid_of(record)}.json"
        write_durably(kept, record.model_dump_json().encode(), mode=0o600)
        hint = f"{error.hint} What was measured is in {kept}: mend the policy, then import that."
        raise PolicyError(error.message, hint=hint) from error
    return shared


def _contribute(session: Session, cid: str, group: str | None) -> None:
    """Sign the record and bring it on its way; the command's exit code does not depend on it."""
    try:
        with understood(), session.node() as node:
            if group is None:
                node.submit([cid])
            else:
                node.contribute_sealed(group)
            node.cycle()
    except PerfledgerError as error:
        session.remark(f"it is kept, but could not be contributed: {error.message}")
        session.remark(f"hint: {error.hint}".rstrip())
        again = "" if group is None else f" --group {group}"
        session.remark(f"`perfledger contribute{again}` tries again.")


def _cluster(nodes: int | None, cores: int | None, machine_type: str | None) -> Cluster:
    changes = {"nodes": nodes, "cores_per_node": cores, "machine_type": machine_type}
    given = {name: value for name, value in changes.items() if value is not None}
    return local_cluster().model_copy(update=given)


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
