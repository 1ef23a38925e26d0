"""`contribute`: sign what waits, publish it, follow it to the anchor."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from ledger.anchor.contributions import Contribution
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.tables import read_table
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import InvalidInputError
from ledger.errors import UnavailableError
from ledger.node import Node
from ledger.record.cid import to_text

POLL_SECONDS = 0.2

_ARRIVED = {"anchored", "final"}


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "address", metavar="ADDRESS", help="Sign as this address.")
@click.option("--no-wait", is_flag=True, help="Return once it is signed and on disk.")
@click.option("--timeout", default=120.0, show_default=True, help="Seconds to wait for the anchor.")
@json_option
@pass_session
def contribute(
    session: Session,
    files: tuple[Path, ...],
    address: str | None,
    no_wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Sign records, publish them, follow them to the anchor.

    Without FILES, everything recorded and imported so far; with FILES, those are imported first
    (all of their rows must be records). One signature covers all of them. What is signed will be
    anchored even if this command is interrupted; calling it again goes on where it stopped.

    \b
    Examples:
      perfledger contribute
      perfledger contribute runs.jsonl --no-wait
    """
    with session.node() as node:
        for file in files:
            _import_whole(node, file)
        on_their_way = [
            each.id for each in node.contributions.latest() if each.state not in _ARRIVED
        ][::-1]
        waiting = [to_text(digest) for digest in node.outbox.records.unsigned()]
        if waiting:
            on_their_way.append(node.submit(waiting, address))
            session.remark(f"{len(waiting):,} records signed, contribution {on_their_way[-1]}")
        if not on_their_way:
            if as_json:
                session.print_json({"contributed": 0})
            else:
                session.out.print("nothing waits to be contributed")
            return
        if not no_wait:
            _follow_all(session, node, on_their_way, timeout)
        found = node.contribution(on_their_way[-1])
    if as_json:
        session.print_json(found)
    else:
        _tell(session, found)


def _follow_all(session: Session, node: Node, identifiers: list[str], timeout: float) -> None:
    with session.progress() as bar:
        task = bar.add_task("waiting for the anchor", total=None)
        for identifier in identifiers:
            follow(
                node,
                identifier,
                timeout_seconds=timeout,
                tell=lambda state: bar.update(task, description=state),
            )


def follow(
    node: Node,
    identifier: str,
    *,
    timeout_seconds: float,
    tell: Callable[[str], None] = lambda _: None,
) -> Contribution:
    """Carry a contribution until it is anchored.

    Raises:
        UnavailableError: not anchored in time; it goes on with the next `up` or `contribute`.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        node.cycle()
        found = node.contribution(identifier)
        tell(found.state)
        if found.state in _ARRIVED:
            return found
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"contribution {identifier} is {found.state} after {timeout_seconds:.0f} s"
                + (f": {found.problem}" if found.problem else ""),
                hint="It is kept, and goes on with `perfledger up` or the next `contribute`.",
            )
        time.sleep(POLL_SECONDS)


def _import_whole(node: Node, file: Path) -> None:
    rows = list(read_table(file))
    bad = [row for row in rows if isinstance(row, Bad)]
    if bad:
        raise InvalidInputError(
            f"{file}, line {bad[0].line}: {bad[0].reason} (and {len(bad) - 1:,} more bad rows)",
            hint="`perfledger import` reports every bad row and takes the good ones.",
        )
    node.accept(row.record for row in rows if isinstance(row, Good))


def _tell(session: Session, found: Contribution) -> None:
    session.out.print(f"contribution  {found.id}: {found.count:,} records, {found.state}")
    if found.batch_id is not None:
        session.out.print(f"batch         {found.batch_id}")
    if found.transaction_hash is not None:
        session.out.print(f"transaction   {found.transaction_hash}")
    if found.block_number is not None:
        session.out.print(f"block         {found.block_number}")
