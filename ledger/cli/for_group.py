"""The options by which commands work for a group instead of everybody."""

from collections.abc import Callable
from typing import TypeVar

import click

from ledger.cli.session import Session

Command = TypeVar("Command", bound=Callable[..., object])


def group_options(what: str) -> Callable[[Command], Command]:
    """`--group` and `--public`.

    Args:
        what: the command does for a group, for the help.
    """

    def both(command: Command) -> Command:
        public = click.option(
            "--public", is_flag=True, help="For everybody, though PERFLEDGER_GROUP names a group."
        )
        return click.option("--group", "group_name", metavar="NAME", help=what)(public(command))

    return both


def require_public(group: str | None) -> None:
    """Refuse what cannot be done for a group.

    Raises:
        UsageError: it was to be done for one.
    """
    if group is not None:
        raise click.UsageError(
            "--server is for public records: say --public, or encrypt with a node of your own."
        )


def group_of(session: Session, name: str | None, *, public: bool) -> str | None:
    """The group that a command works for; None: for everybody.

    Raises:
        UsageError: both were asked for.
    """
    if name is not None and public:
        raise click.UsageError("--group and --public exclude each other.")
    return None if public else name or session.settings.group
