"""`contribute`: sign what waits, publish it, follow it to the anchor."""

import time
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from ledger.anchor.contributions import Contribution
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.tables import read_table
from ledger.cli.for_group import group_of
from ledger.cli.for_group import group_options
from ledger.cli.for_group import require_named
from ledger.cli.lines import is_standard_input
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.session import plain
from ledger.errors import InvalidInputError
from ledger.errors import UnavailableError
from ledger.node import Node
from ledger.privacy.screen import Screen
from ledger.record.schema import Record

POLL_SECONDS = 0.2

SHOWN = 5
"""Contributions named one by one."""

_ARRIVED = {"anchored", "final"}


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "address", metavar="ADDRESS", help="Sign as this address.")
@click.option("--no-wait", is_flag=True, help="Return once it is signed and on disk.")
@click.option("--timeout", default=120.0, show_default=True, help="Seconds to wait for the anchor.")
@click.option("--server", metavar="URL", help="Hand FILES in through the app of another node.")
@click.option(
    "--deployment",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --server: sign for the ledger of this deployment file only.",
)
@group_options("Encrypt for this group what waits for it (docs/groups.md).")
@json_option
@pass_session
def contribute(
    session: Session,
    files: tuple[Path, ...],
    address: str | None,
    no_wait: bool,
    timeout: float,
    server: str | None,
    deployment: Path | None,
    group_name: str | None,
    public: bool,
    as_json: bool,
) -> None:
    """Sign records, publish them, follow them to the anchor.

    Without FILES, everything recorded and imported so far; with FILES, those are imported first
    (all of their rows must be records). One signature covers all that one batch may hold
    (PERFLEDGER_BATCH_RECORDS); more are signed in parts. What is signed will be anchored even if
    this command is interrupted; calling it again goes on where it stopped, and lists what is stuck.

    With --server, FILES are signed here and anchored by that node, which pays; no ledger is needed
    at home. Where it takes signed records of those alone whom its operator has named, set
    PERFLEDGER_TOKEN to a token of its page Account with the scope `contribute`.

    With - for FILES, each line of standard input is a record as JSON, answered by a line on
    standard output with its CID once it is on disk, and signed a few seconds later, as long as
    lines come (docs/recording.md).

    With --group, what was recorded and imported for that group is signed and encrypted, so that its
    members alone see what the records say and who signed them. Everybody else sees that they exist,
    and the address that pays for anchors. With --server as well, FILES are sent to that node as
    they are, which encrypts them for the group that it knows by this name: trust it, and the way
    there. It needs a token, as above, unless it is this machine's.

    \b
    Examples:
      perfledger contribute
      producer | perfledger contribute -
      perfledger contribute runs.jsonl --no-wait
      perfledger contribute runs.jsonl --group team
      perfledger contribute runs.jsonl --server https://ledger.example
      perfledger contribute runs.jsonl --server https://ledger.example --group team
    """
    patience = None if no_wait else timeout
    group = group_of(session, group_name, public=public)
    if server is not None:
        require_named(group, group_name)
        records = _to_hand_in(session, files)
        if group is None:
            _through(session, server, records, deployment, patience or 0, as_json=as_json)
        else:
            _through_for(session, server, records, group, address, patience or 0, as_json=as_json)
    elif is_standard_input(files):
        from ledger.cli.contribute_lines import contribute_lines

        contribute_lines(session, group, address, patience)
    else:
        _contribute(session, files, group, address, patience, as_json=as_json)


def _contribute(
    session: Session,
    files: tuple[Path, ...],
    group: str | None,
    address: str | None,
    timeout: float | None,
    *,
    as_json: bool,
) -> None:
    with session.node() as node:
        signed = _sign(node, files, group, address)
        _remind(session, node)
        on_their_way = [each.id for each in node.on_their_way() if not has_arrived(each)]
        if not on_their_way:
            if as_json:
                session.print_json({"contributed": 0})
            else:
                session.out.print("nothing waits to be contributed")
            return
        if signed:
            session.remark(f"{signed:,} records signed, contribution {on_their_way[-1]}")
        if timeout is not None:
            _follow_all(session, node, on_their_way, timeout)
        found = [node.contribution(identifier) for identifier in on_their_way]
    if as_json:
        session.print_json({**plain(found[-1]), "contributions": found})
    else:
        for each in found[-SHOWN:]:
            _tell(session, each)
        if len(found) > SHOWN:
            session.out.print(f"and {len(found) - SHOWN:,} before them (--json lists all)")


def _sign(node: Node, files: tuple[Path, ...], group: str | None, address: str | None) -> int:
    """Take in files, sign all that waits for everybody or for a group; returns how many records."""
    if group is None:
        for file in files:
            node.accept(_whole(file))
        waiting = node.unsigned()
        node.contribute(waiting, address)
        return len(waiting)
    node.groups.get(group)
    for file in files:
        node.accept_for(group, node.screen.shared(_whole(file)))
    return sum(node.contribution(each).count for each in node.contribute_sealed(group, address))


def _remind(session: Session, node: Node) -> None:
    for group in node.groups_waiting():
        session.remark(f"records wait for {group}: `perfledger contribute --group {group}`")


def _through(
    session: Session,
    server: str,
    records: Sequence[Record],
    deployment: Path | None,
    timeout_seconds: float,
    *,
    as_json: bool,
) -> None:
    from ledger.cli.contribute_through import contribute_through

    with session.client(server) as client:
        assert client is not None
        found = contribute_through(
            session, client, records, deployment=deployment, timeout_seconds=timeout_seconds
        )
    if as_json:
        session.print_json({"contributions": found})
        return
    for each in found:
        _tell(session, each)


def _through_for(
    session: Session,
    server: str,
    records: Sequence[Record],
    group: str,
    address: str | None,
    timeout_seconds: float,
    *,
    as_json: bool,
) -> None:
    from ledger.cli.contribute_through import hand_over

    with session.client(server) as client:
        assert client is not None
        found, waiting = hand_over(client, records, group, address, timeout_seconds=timeout_seconds)
    if as_json:
        session.print_json({"contributions": found, "waiting": waiting})
        return
    for each in found:
        _tell(session, each)
    if waiting:
        session.out.print(f"{waiting:,} records wait for the server's operator to sign them")
    elif not found:
        session.out.print("the server has them already")


def _to_hand_in(session: Session, files: tuple[Path, ...]) -> list[Record]:
    """The records of files, as the privacy policy lets them leave."""
    if not files or is_standard_input(files):
        raise click.UsageError("--server hands in files: name some.")
    with closing(Screen(session.settings.home, session.settings.privacy_policy)) as screen:
        return [record for file in files for record in screen.shared(_whole(file))]


def _follow_all(session: Session, node: Node, identifiers: list[str], timeout: float) -> None:
    with session.progress() as bar:
        task = bar.add_task("waiting for the anchor", total=len(identifiers))

        def tell(waiting: Sequence[Contribution]) -> None:
            state = waiting[0].state if waiting else "anchored"
            bar.update(task, description=state, completed=len(identifiers) - len(waiting))

        follow_all(node, identifiers, timeout_seconds=timeout, tell=tell)


def follow(node: Node, identifier: str, *, timeout_seconds: float) -> Contribution:
    """Carry a contribution until it is anchored.

    Raises:
        UnavailableError: not anchored in time; it goes on with the next `up` or `contribute`.
    """
    follow_all(node, [identifier], timeout_seconds=timeout_seconds)
    return node.contribution(identifier)


def follow_all(
    node: Node,
    identifiers: Collection[str],
    *,
    timeout_seconds: float,
    tell: Callable[[Sequence[Contribution]], None] = lambda _: None,
) -> None:
    """Carry contributions until all are anchored; one that is stuck does not hold up the others.

    Raises:
        UnavailableError: not all are anchored in time; names those that are stuck, by state.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        node.cycle()
        waiting = [
            each for each in node.on_their_way() if each.id in identifiers and not has_arrived(each)
        ]
        tell(waiting)
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"{len(waiting):,} of {len(identifiers):,} contributions are not anchored after "
                f"{timeout_seconds:.0f} s: {_by_state(waiting)}",
                hint="It is kept, and goes on with `perfledger up` or the next `contribute`; "
                "`perfledger status` lists what is on its way.",
            )
        time.sleep(POLL_SECONDS)


def has_arrived(found: Contribution) -> bool:
    """Whether it is on chain."""
    return found.state in _ARRIVED


def _by_state(stuck: Sequence[Contribution]) -> str:
    """Each state with what is in it, and the first problem that is known of it."""
    states: dict[str, list[Contribution]] = {}
    for each in stuck:
        states.setdefault(each.state, []).append(each)
    return "; ".join(
        f"{state}: {', '.join(each.id for each in among[:SHOWN])}"
        + (f" and {len(among) - SHOWN:,} more" if len(among) > SHOWN else "")
        + next((f" ({each.problem})" for each in among if each.problem), "")
        for state, among in states.items()
    )


def _whole(file: Path) -> list[Record]:
    rows = list(read_table(file))
    bad = [row for row in rows if isinstance(row, Bad)]
    if bad:
        raise InvalidInputError(
            f"{file}, line {bad[0].line}: {bad[0].reason} (and {len(bad) - 1:,} more bad rows)",
            hint="`perfledger import` reports every bad row and takes the good ones.",
        )
    return [row.record for row in rows if isinstance(row, Good)]


def _tell(session: Session, found: Contribution) -> None:
    session.out.print(f"contribution  {found.id}: {found.count:,} records, {found.state}")
    if found.batch_id is not None:
        session.out.print(f"batch         {found.batch_id}")
    if found.transaction_hash is not None:
        session.out.print(f"transaction   {found.transaction_hash}")
    if found.block_number is not None:
        session.out.print(f"block         {found.block_number}")
