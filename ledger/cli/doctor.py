"""`status` and `doctor`: how the node stands."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING

import click

from ledger.anchor.contributions import Contribution
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.session import server_option
from ledger.doctor import examine

if TYPE_CHECKING:
    from ledger.standing import NodeStatus

LATEST = 500
"""Contributions of a server that are looked at; earlier ones are final as a rule."""

SHOWN = 20
"""Contributions listed one by one."""


@click.command()
@server_option
@json_option
@pass_session
def status(session: Session, server: str | None, as_json: bool) -> None:
    """Show what is on the ledger, what is on its way, and what holds it up.

    \b
    Example:
      perfledger status --json
    """
    with session.client(server) as client:
        if client is None:
            with session.node() as node:
                found, on_their_way = node.status(), node.on_their_way()
        else:
            latest = islice(client.contributions(), LATEST)
            found = client.status()
            on_their_way = [each for each in latest if each.state != "final"][::-1]
    if as_json:
        session.print_json({**found.model_dump(mode="json"), "on_their_way": on_their_way})
    else:
        _tell(session, found, on_their_way)


def _tell(session: Session, found: "NodeStatus", on_their_way: Sequence[Contribution]) -> None:
    out = session.out
    out.print(f"ledger   {harmless(found.home)}")
    out.print(
        f"chain    id {found.chain_id} at {found.chain_url}, head {found.head_block:,}, "
        f"indexed to {found.indexed_block or 0:,}"
    )
    counts = ", ".join(f"{number:,} {name}" for name, number in found.by_status.items() if number)
    out.print(f"records  {found.records:,}" + (f": {counts}" if counts else ""))
    if found.unsigned:
        out.print(f"waiting  {found.unsigned:,} records to be signed: `perfledger contribute`")
    for each in on_their_way[:SHOWN]:
        out.print(
            f"         contribution {each.id}: {each.count:,} records, {each.state}"
            + (f" ({harmless(each.problem)})" if each.problem else "")
        )
    if len(on_their_way) > SHOWN:
        states = Counter(each.state for each in on_their_way[SHOWN:])
        rest = ", ".join(f"{number:,} {state}" for state, number in states.items())
        out.print(f"         and {rest} (--json lists all)")
    _tell_peers(session, found)
    for key in found.keys:
        out.print(f"signs as {key.address} ({key.label})")
    if not found.keys:
        out.print("signs as nobody: this node only follows")
    for problem in (*found.problems, *found.waiting):
        out.print(f"problem  {harmless(problem)}")


def _tell_peers(session: Session, found: "NodeStatus") -> None:
    peers = found.peers
    missing = f", {peers.missing:,} batches and reports missing" if peers.missing else ""
    if peers.known or missing:
        more = "; `perfledger node status` says more"
        session.out.print(f"peers    {peers.answering:,} of {peers.known:,} answer{missing}{more}")
    for url, reason in peers.distrusted.items():
        session.out.print(f"         {harmless(url)} is not trusted: {harmless(reason)}")


@click.command()
@json_option
@pass_session
def doctor(session: Session, as_json: bool) -> None:
    """Check every part and say what to do about each that is wrong.

    Exit code 1 if anything is.

    \b
    Example:
      perfledger doctor
    """
    findings = []
    for finding in examine(session.settings):
        findings.append(finding)
        if not as_json:
            mark = "[green]✓[/green]" if finding.ok else "[red]✗[/red]"
            session.out.print(f"{mark} {finding.part:<11} {harmless(finding.says)}")
            if finding.hint:
                session.out.print(f"  {'':<11} → {harmless(finding.hint)}")
    if as_json:
        session.print_json([asdict(finding) for finding in findings])
    if not all(finding.ok for finding in findings):
        sys.exit(1)
