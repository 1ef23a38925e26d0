"""`group`: records that only members can read."""

from typing import BinaryIO

import click
from rich.table import Table

from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.groups.card import MAX_CARD_BYTES
from ledger.groups.card import Group


@click.group()
def group() -> None:
    """Encrypt records for a group: everybody sees that they exist, members see what they say.

    A group is whom its members encrypt for. Each member gives the others the recipient of their
    home (`group identity`); one of them makes the group and hands its card around. Nothing of that
    is on the ledger (docs/groups.md).

    \b
    Examples:
      perfledger group create team
      perfledger group add team age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
      perfledger import --group team runs.csv
      perfledger contribute --group team
      perfledger list --group team
    """


@group.command("identity")
@json_option
@pass_session
def identity(session: Session, as_json: bool) -> None:
    """Print the recipient of this home, which others add to their groups; it is no secret.

    What belongs to it, and opens what is encrypted for it, is in group.key in home: who has that
    file reads the group's records, and without it nobody does. Keep it as you keep keys.

    \b
    Example:
      perfledger group identity
    """
    with session.offline_node() as node:
        recipient = node.recipient()
    if as_json:
        session.print_json({"recipient": recipient})
    else:
        session.out.print(recipient)


@group.command("create")
@click.argument("name")
@json_option
@pass_session
def create(session: Session, name: str, as_json: bool) -> None:
    """Make a group, with this home as its first member.

    \b
    Example:
      perfledger group create team
    """
    with session.offline_node() as node:
        made = node.groups.create(name, node.recipient())
    _tell(session, [made], as_json=as_json)


@group.command("card")
@click.argument("name")
@pass_session
def card(session: Session, name: str) -> None:
    """Print what another member needs to know of a group, for `group join`.

    It opens nothing, but tells who belongs to the group: give it to members only.

    \b
    Example:
      perfledger group card team > team.json
    """
    with session.offline_node() as node:
        click.echo(node.groups.get(name).card(), nl=False)


@group.command("join")
@click.argument("file", type=click.File("rb"))
@click.option("--name", help="What it is to be called here [default: as it is there].")
@json_option
@pass_session
def join(session: Session, file: BinaryIO, name: str | None, as_json: bool) -> None:
    """Take in the card of a group (- for standard input).

    From then on this home encrypts for the members that the card names. Taking in a newer card of a
    group that is known brings them up to date. What is encrypted for this home is readable with or
    without the card; its validators judge it only with the card.

    \b
    Example:
      perfledger group join team.json
    """
    content = file.read(MAX_CARD_BYTES + 1)
    with session.offline_node() as node:
        joined = node.groups.join(content, name=name)
        own = node.recipient()
    _tell(session, [joined], as_json=as_json)
    _warn_if_left_out(session, joined, own)


@group.command("add")
@click.argument("name")
@click.argument("recipient")
@click.option("--label", default="", help="Who that is, in words; members see it.")
@json_option
@pass_session
def add(session: Session, name: str, recipient: str, label: str, as_json: bool) -> None:
    """Encrypt for one more recipient from now on.

    They cannot read what was encrypted before. The other members do the same, or take in the new
    card of the group.

    \b
    Example:
      perfledger group add team age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
    """
    with session.offline_node() as node:
        changed = node.groups.add(name, recipient, label=label)
        own = node.recipient()
    _tell(session, [changed], as_json=as_json)
    _warn_if_left_out(session, changed, own)


@group.command("remove")
@click.argument("name")
@click.argument("recipient")
@json_option
@pass_session
def remove(session: Session, name: str, recipient: str, as_json: bool) -> None:
    """Encrypt for one recipient less from now on.

    They can read for ever what was encrypted for them, as the ledger forgets nothing. The other
    members do the same, or take in the new card of the group.

    \b
    Example:
      perfledger group remove team age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
    """
    with session.offline_node() as node:
        changed = node.groups.remove(name, recipient)
        own = node.recipient()
    _tell(session, [changed], as_json=as_json)
    _warn_if_left_out(session, changed, own)
    session.remark("it holds for what is encrypted from now on; earlier records stay readable")


@group.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the groups of this home with their members.

    \b
    Example:
      perfledger group list --json
    """
    with session.offline_node() as node:
        found = node.groups.all()
    _tell(session, found, as_json=as_json, several=True)
    if not found:
        session.remark("there are none; `perfledger group create` makes one")


def _warn_if_left_out(session: Session, group: Group, own: str) -> None:
    if own not in group.recipients:
        session.remark(
            f"this home is no member: have {own} added, and take in the new card; "
            "until then it cannot read what it encrypts for the group"
        )


def _tell(session: Session, groups: list[Group], *, as_json: bool, several: bool = False) -> None:
    if as_json:
        session.print_json(groups if several else groups[0])
        return
    if not groups:
        return
    table = Table("group", "member", "recipient", box=None)
    for each in groups:
        for member in each.members:
            table.add_row(each.name, harmless(member.label), member.recipient)
    session.out.print(table)
