"""`revoke`: take back a record that one has contributed."""

import sys
import time

import click

from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import InvalidInputError
from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.index.views import LedgerStatus
from ledger.node import Node
from ledger.revoking.views import Revocation

POLL_SECONDS = 0.2

_MEANING = (
    "Its status becomes `revoked` on every node, for good. Its bytes, signature and anchor stay "
    "where they are."
)


class UnconfirmedError(InvalidInputError):
    """Nobody has said yes."""

    def __init__(self) -> None:
        super().__init__(
            "revoking cannot be undone, and nobody is at the terminal to confirm it",
            hint="Say --yes.",
        )


@click.command()
@click.argument("cid")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@click.option("--no-wait", is_flag=True, help="Return once the transaction is sent.")
@click.option("--timeout", default=120.0, show_default=True, help="Seconds to wait for its block.")
@json_option
@pass_session
def revoke(
    session: Session, cid: str, yes: bool, no_wait: bool, timeout: float, as_json: bool
) -> None:
    """Revoke the record of a CID (or its beginning) that you contributed.

    Its contributor's key sends the transaction and pays for it. The status becomes `revoked` on
    every node, and the record counts in no comparison any more. Nothing is deleted, as others may
    hold the blocks, and it cannot be undone. Calling it again goes on with the same
    transaction.

    \b
    Examples:
      perfledger revoke bafyreif4bqe7ylell
      perfledger revoke bafyreif4bqe7ylell --yes --json
    """
    with session.node() as node:
        whole = node.queries.resolve(cid)
        found = node.revocation(whole)
        if found.status is not LedgerStatus.REVOKED:
            _confirm(whole, sure=yes)
            found = _follow(node, whole, 0 if no_wait else timeout)
    if as_json:
        session.print_json(found)
        return
    session.out.print(f"record       {found.cid}")
    session.out.print(f"contributor  {found.contributor}")
    session.out.print(f"revocation   {found.state}")
    if found.transaction_hash is not None:
        session.out.print(f"transaction  {found.transaction_hash}")
    if found.block_number is not None:
        session.out.print(f"block        {found.block_number}")


def _confirm(cid: str, *, sure: bool) -> None:
    if sure:
        return
    if not sys.stdin.isatty():
        raise UnconfirmedError
    click.confirm(f"Revoke {cid}? {_MEANING}", abort=True, err=True)


def _follow(node: Node, cid: str, timeout_seconds: float) -> Revocation:
    """Send it, and follow it until the index has it.

    Raises:
        UnavailableError: no block holds it in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        transaction = node.revoke(cid)
        node.follow()
        found = node.revocation(cid, transaction)
        if found.status is LedgerStatus.REVOKED or not timeout_seconds:
            return found
        if time.monotonic() > deadline:
            raise _late(found, timeout_seconds)
        time.sleep(POLL_SECONDS)


def _late(found: Revocation, seconds: float) -> PerfledgerError:
    return UnavailableError(
        f"the transaction {found.transaction_hash} is in no block after {seconds:.0f} s",
        hint="It is kept; the same command goes on where this one stopped.",
    )
