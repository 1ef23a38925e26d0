"""`node audit`: challenging other nodes, and reports of it that somebody signed."""

from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import click
from rich.table import Table

from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session

if TYPE_CHECKING:
    from ledger.peers.auditor import Audit
    from ledger.peers.auditor import PeerAudit

MOST_ROUNDS = 1_000
OUTCOMES = ("passed", "missing", "wrong", "silent")


@click.group(invoke_without_command=True)
@click.option(
    "--rounds",
    type=click.IntRange(1, MOST_ROUNDS),
    default=10,
    show_default=True,
    help="Challenges for each node.",
)
@click.option("--sign", "signed", is_flag=True, help="Sign a report with your key; needs -o.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Its file.")
@json_option
@click.pass_context
def audit(
    context: click.Context, rounds: int, signed: bool, output: Path | None, as_json: bool
) -> None:
    """Challenge every node that answers, now: a random block each time, and some bytes of it.

    A running node does so by itself, with one node at a time. Who answers with other bytes is not
    believed any more. Exit code 1 if a challenge was not passed, 69 if nobody could be challenged.

    With --sign, the report can be handed to others, e.g. to validators: docs/peers.md describes it.

    \b
    Examples:
      perfledger node audit --rounds 20
      perfledger node audit --sign -o audit.cbor
      perfledger node audit verify audit.cbor
    """
    if context.invoked_subcommand is not None:
        return
    if signed != (output is not None):
        raise click.UsageError("--sign and -o FILE belong together")
    _run(context.find_object(Session) or Session(None), rounds, output, as_json=as_json)


def _run(session: Session, rounds: int, output: Path | None, *, as_json: bool) -> None:
    from ledger.peers import audit_report
    from ledger.peers.auditor import audit as challenge_all
    from ledger.store.files import write_durably

    with session.node() as node, session.progress() as progress:
        signer = node.signer() if output is not None else None
        task = progress.add_task("challenging nodes", total=None)
        done = challenge_all(
            node.peering,
            rounds,
            planned=lambda total: progress.update(task, total=total),
            progress=lambda number: progress.advance(task, number),
        )
        if output is not None and signer is not None:
            content = audit_report.write(
                done, deployment=node.deployment, node=node.peering.peer_id, signer=signer
            )
            write_durably(output, content)
    if as_json:
        session.print_json(as_dict(done))
    else:
        _tell(session, done)
    if output is not None and signer is not None:
        session.remark(f"{output}: {len(content):,} bytes, signed by {signer.address}")
    if done.failed:
        raise SystemExit(1)


@audit.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--deployment",
    "deployment_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The ledger it should be of [default: that of the home folder].",
)
@json_option
@pass_session
def verify(session: Session, file: Path, deployment_file: Path | None, as_json: bool) -> None:
    """Check a signed report FILE, and say who signed it and what it says.

    It needs no network. Exit code 65 if something is wrong with it, which is named: too-large,
    not-canonical, malformed, inconsistent, other-ledger, wrong-signature.

    \b
    Example:
      perfledger node audit verify audit.cbor
    """
    from ledger.chain.deployment import Deployment
    from ledger.peers import audit_report
    from ledger.record.dagcbor import MAX_BLOCK_BYTES

    deployment = Deployment.load(deployment_file or session.settings.deployment_path)
    with file.open("rb") as opened:
        content = opened.read(MAX_BLOCK_BYTES + 1)
    try:
        report = audit_report.read(content, deployment)
    except audit_report.AuditFaultError as error:
        if as_json:
            session.print_json({"result": error.fault, "problem": error.message})
        raise
    done = report.audit()
    if as_json:
        said = {"result": "valid", "auditor": report.auditor, "node": report.node}
        session.print_json({**said, "ledger": report.ledger, **as_dict(done)})
        return
    session.out.print(f"signed by  {report.auditor}")
    session.out.print(f"node       {harmless(report.node)}")
    session.out.print(f"ledger     {harmless(report.ledger)}")
    session.out.print(f"from       {_moment(done.began)} to {_moment(done.ended)}")
    _tell(session, done)


def as_dict(done: "Audit") -> dict[str, Any]:
    """An audit for JSON; times are Unix time, latencies seconds, roots and blocks 0x text."""
    return {
        "began": done.began,
        "ended": done.ended,
        "rounds": done.rounds,
        "challenges": done.challenges,
        "failed": done.failed,
        "peers": [_peer(peer) for peer in done.peers],
    }


def _peer(peer: "PeerAudit") -> dict[str, Any]:
    return {
        "url": peer.url,
        "peer_id": peer.peer_id,
        "state": peer.state.value,
        **{outcome: peer.count(outcome) for outcome in OUTCOMES},
        "median_seconds": peer.median_seconds,
        "challenges": [
            {
                "at": each.at,
                "root": "0x" + each.root.hex(),
                "block": "0x" + each.block.hex(),
                "first": each.first,
                "length": each.length,
                "outcome": each.outcome,
                "seconds": each.seconds,
                "problem": each.problem,
            }
            for each in peer.challenges
        ],
    }


def _tell(session: Session, done: "Audit") -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("node")
    for column in (*OUTCOMES, "median"):
        table.add_column(column, justify="right")
    table.add_column("state")
    for peer in done.peers:
        seconds = peer.median_seconds
        table.add_row(
            harmless(peer.url),
            *(_counted(peer, outcome) for outcome in OUTCOMES),
            "" if seconds is None else f"{1_000 * seconds:,.1f} ms",
            peer.state.value.replace("-", " "),
        )
    session.out.print(table)
    session.out.print(
        f"{done.challenges:,} challenges, "
        + (f"[red]{done.failed:,} not passed[/red]" if done.failed else "all passed")
    )


def _counted(peer: "PeerAudit", outcome: str) -> str:
    number = peer.count(outcome)
    return f"[red]{number:,}[/red]" if number and outcome != "passed" else f"{number:,}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
