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


def require_named(group: str | None, named: str | None) -> None:
    """Refuse to send records for a group to a server that nobody has named together with it.

    They go there in plain, and the group of the settings is one of this home.

    Args:
        group: for which the command works; None: for everybody.
        named: the one that was named on the command line.

    Raises:
        UsageError: the settings alone name it.
    """
    if group is not None and named is None:
        raise click.UsageError(
            "--server gets records as they are: say --public, or --group NAME for a group that the "
            "server knows, or encrypt with a node of your own."
        )


def group_of(session: Session, name: str | None, *, public: bool) -> str | None:
    """The group that a command works for; None: for everybody.

    Raises:
        UsageError: both were asked for.
    """
    if name is not None and public:
        raise click.UsageError("--group and --public exclude each other.")
    return None if public else name or session.settings.group
