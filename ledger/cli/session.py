"""What every subcommand shares: the home folder, the node, the two consoles, JSON output."""

import json
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

import click
from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import SpinnerColumn
from rich.progress import TextColumn
from rich.progress import TimeElapsedColumn

from ledger import settings as setting
from ledger.errors import SettingsError
from ledger.settings import Settings

SCRIPT_WIDTH = 200
"""Columns of a table that is piped into another program."""

if TYPE_CHECKING:
    from ledger.client import Client
    from ledger.index.filters import Filter
    from ledger.index.views import Page
    from ledger.index.views import RecordDetail
    from ledger.index.views import RecordRow
    from ledger.node import Node
    from ledger.offline import OfflineNode


class Answers(Protocol):
    """What looks at records: the index of the home folder, or a server elsewhere."""

    def records(
        self, chosen: "Filter", *, sort: str, descending: bool, limit: int, after: str | None
    ) -> "Page":
        """A page of the records that pass a filter."""

    def record(self, cid: str) -> "RecordDetail":
        """Everything known of one record."""

    def export(self, chosen: "Filter") -> Iterator[tuple["RecordRow", dict[str, Any]]]:
        """Every record that passes a filter, with its content."""


class Session:
    """One invocation of the command.

    Attributes:
        out: standard output, for results.
        err: standard error, for progress and remarks, so that results can be piped.
    """

    def __init__(self, home: Path | None) -> None:
        self._home = home
        self.out = Console(highlight=False, soft_wrap=True)
        if not self.out.is_terminal:
            self.out.width = SCRIPT_WIDTH
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the home folder."""
        return setting.load(self._home)

    @contextmanager
    def node(self, *, must_exist: bool = True) -> Iterator["Node"]:
        """The node of the home folder, closed afterwards.

        Raises:
            SettingsError: there is no home folder yet.
        """
        from ledger.node import Node

        if must_exist:
            self.require_home()
        with Node(self.settings, ask_password=self.ask_password) as node:
            yield node

    @property
    def ask_password(self) -> Callable[[str], str] | None:
        """Asks for the password of a key, if somebody is at the terminal."""

        def ask(address: str) -> str:
            return str(click.prompt(f"Password of {address}", hide_input=True, err=True))

        return ask if sys.stdin.isatty() else None

    @contextmanager
    def offline_node(self) -> "Iterator[OfflineNode]":
        """The half of the node that needs no chain.

        Raises:
            SettingsError: there is no home folder yet.
        """
        self.require_home()
        from ledger.offline import OfflineNode

        with OfflineNode(self.settings) as node:
            yield node

    @contextmanager
    def answers(self, server: str | None, group: str | None = None) -> Iterator["Answers"]:
        """What a server answers, if one was named, and otherwise the home folder.

        Args:
            server: URL of a node's app; None: as the settings say.
            group: ask about its records, which this home alone can read; None: about public ones.

        Raises:
            ServerSettingError: the URL is none.
            SettingsError: there is neither a server nor a home folder.
            NotFoundError: there is no such group.
            UsageError: a group's records were asked of a server.
        """
        if group is not None:
            if server is not None:
                raise click.UsageError("--server cannot read what is encrypted for a group.")
            with self.node() as online, online.group_answers(group) as answers:
                yield answers
            return
        with self.client(server) as client:
            if client is not None:
                yield client
                return
        with self.offline_node() as node:
            yield node.queries

    @contextmanager
    def client(self, server: str | None) -> Iterator["Client | None"]:
        """A client of the server that was named; None: there is none.

        Args:
            server: URL of a node's app; None: as the settings say.

        Raises:
            ServerSettingError: the URL is none.
        """
        url = server or self.settings.server
        if url is None:
            yield None
            return
        from ledger.client import Client
        from ledger.client import ServerHTTP

        token = self.settings.token
        http = ServerHTTP(url, token=None if token is None else token.get_secret_value())
        with Client(url, http=http) as client:
            yield client

    def require_home(self) -> None:
        """Refuse to work in a home folder that is not there.

        Raises:
            SettingsError: there is none yet.
        """
        if not self.settings.home.is_dir():
            raise SettingsError(
                f"there is no ledger in {self.settings.home}",
                hint="Make one with `perfledger init`, or name another with --home.",
            )

    def print_json(self, value: Any) -> None:
        """Print a value, or a list of them, as one JSON document."""
        click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))

    def progress(self) -> Progress:
        """A progress bar on standard error; silent where that is not a terminal."""
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.err,
            disable=not self.err.is_terminal,
        )

    def remark(self, text: str) -> None:
        """Say something that is not the result."""
        self.err.print(harmless(text))


def harmless(text: str) -> str:
    """Text of a stranger, which must neither style the terminal nor command it.

    Records, reports and files come from anybody: rich would take ``[/x]`` for markup, and a
    terminal would obey escape sequences.
    """
    return escape(
        "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    )


def plain(value: Any) -> Any:
    """A value as JSON takes it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


pass_session = click.make_pass_decorator(Session)

server_option = click.option(
    "--server", metavar="URL", help="Ask the app of a node [default: the ledger in home]."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
