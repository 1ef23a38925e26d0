"""`status` and `doctor`: how the node stands."""

import sys
from dataclasses import asdict

import click

from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.doctor import examine


@click.command()
@json_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    """Show what is on the ledger, what is on its way, and what holds it up.

    \b
    Example:
      perfledger status --json
    """
    with session.node() as node:
        found = node.status()
        on_their_way = [each for each in node.contributions.latest() if each.state != "final"]
    if as_json:
        session.print_json({**found.model_dump(mode="json"), "on_their_way": on_their_way})
        return
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
    for each in on_their_way:
        out.print(
            f"         contribution {each.id}: {each.count:,} records, {each.state}"
            + (f" ({harmless(each.problem)})" if each.problem else "")
        )
    for problem in (*found.problems, *found.waiting):
        out.print(f"problem  {harmless(problem)}")


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
