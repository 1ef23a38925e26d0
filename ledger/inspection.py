"""The parts of a node as they are, for looking only: nothing is made, served or migrated."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from contextlib import closing
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any
from typing import Self
from typing import TypeVar

import requests
from web3 import Web3

from ledger.chain import connection
from ledger.chain.contracts import LedgerContracts
from ledger.chain.deployment import Deployment
from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.faults import understood
from ledger.index.database import inspect_index
from ledger.index.queries.conditions import shown
from ledger.index.queries.overview import overview
from ledger.index.queries.source import DatabaseSource
from ledger.index.views import Overview
from ledger.settings import Settings
from ledger.store.database import reading_uri
from ledger.store.files import usable
from ledger.store.kubo import KuboStore

APP_SECONDS = 10
"""How long the app may take to say that it is well."""

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - asked on, not listened on
"""Where an app that listens on every address is asked from here."""

Value = TypeVar("Value")


class ChainIdleError(UnavailableError):
    """Nobody serves the development chain at the moment, which is no fault."""

    def __init__(self) -> None:
        super().__init__(
            "the development chain is not running",
            hint="`perfledger up` serves it, and so does any command while it needs it.",
        )


class Inspection:
    """The parts of the node in a home folder; to be used as a context manager.

    Properties open a part when they are first used, and raise the same error again where it cannot
    be opened: a chain that times out does so once.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open = ExitStack()
        self._failed: dict[str, PerfledgerError] = {}

    def __enter__(self) -> Self:
        """The inspection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close whatever was opened."""
        self._open.close()

    @cached_property
    def w3(self) -> Web3:
        """The chain, if it is served.

        Raises:
            ChainIdleError: the development chain is not.
            UnavailableError: it does not answer, or there is none yet.
            SettingsError: it has another chain id.
        """
        return self._once("chain", self._connect)

    def _connect(self) -> Web3:
        if not self.settings.is_dev_chain:
            return self._open.enter_context(connection.connect(self.settings)).w3
        if not self.settings.chain_path.exists():
            raise UnavailableError(
                f"{self.settings.chain_path} does not exist", hint="Make it with `perfledger init`."
            )
        joined = connection.join(self.settings)
        if joined is None:
            raise ChainIdleError
        return self._open.enter_context(joined).w3

    @cached_property
    def contracts(self) -> LedgerContracts:
        """The contracts of the deployment file.

        Raises:
            SettingsError: there is no such file.
            UnavailableError: the chain does not answer.
        """
        # What is wrong with the file shows without a chain too.
        deployment = Deployment.load(self.settings.deployment_path)
        return LedgerContracts(self.w3, deployment)

    @property
    def head(self) -> int:
        """Number of the chain's newest block."""
        return int(self.w3.eth.block_number)

    @cached_property
    def kubo(self) -> KuboStore | None:
        """The daemon that keeps the blocks, where one is chosen; it is not asked anything yet.

        Raises:
            SettingsError: its URL is none.
        """
        if self.settings.kubo_url is None:
            return None
        store = KuboStore(self.settings.kubo_url, self.settings.kubo_token)
        self._open.callback(store.close)
        return store

    @cached_property
    def overview(self) -> Overview:
        """What the index says.

        Raises:
            IndexUnavailableError: it does not answer, or is damaged.
            SettingsError: there is none, or it is another version's.
        """
        return self._once("index", self._overview)

    def _overview(self) -> Overview:
        index = inspect_index(self.settings.index_location)
        self._open.callback(index.close)
        with index.read() as reading:
            return overview(reading, DatabaseSource(reading, shown(with_pending=True)))

    def rows(self, path: Path, statement: str) -> list[tuple[Any, ...]]:
        """What one of the node's SQLite files answers, after a check of its pages.

        Raises:
            UnavailableError: it is missing or damaged.
        """
        if not path.exists():
            raise UnavailableError(
                f"{path} does not exist",
                hint="`perfledger init` makes it; if it was lost, restore it from a backup.",
            )
        with usable(path), closing(sqlite3.connect(reading_uri(path), uri=True)) as reading:
            (verdict,) = reading.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise UnavailableError(
                    f"{path} is damaged: {verdict}",
                    hint="Restore it from a backup; anchored records can be fetched from other "
                    "holders.",
                )
            return reading.execute(statement).fetchall()

    @cached_property
    def app_health(self) -> str | None:
        """What the app says of itself; None: nothing listens at its address.

        Raises:
            UnavailableError: the app, or something else at its address, is not well.
        """
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy knows nothing of this machine's ports
                answer = session.get(f"{self.app_url}/healthz", timeout=APP_SECONDS)
        except requests.ConnectionError:
            return None
        except requests.RequestException as error:
            raise UnavailableError(
                f"{self.app_url} does not answer in {APP_SECONDS} s: {type(error).__name__}",
                hint="Stop `perfledger up` and start it again; its log says what holds it up.",
            ) from error
        return _health(self.app_url, answer)

    @property
    def app_url(self) -> str:
        """Where the app is to be found, as the settings have it."""
        host = self.settings.app_host
        shown_host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"http://{_ANY_ADDRESS.get(host, shown_host)}:{self.settings.app_port}"

    def _once(self, part: str, opened: Callable[[], Value]) -> Value:
        if part in self._failed:
            raise self._failed[part]
        try:
            with understood():
                return opened()
        except PerfledgerError as error:
            self._failed[part] = error
            raise


def _health(url: str, answer: requests.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or not {"status", "detail"} & said.keys():
        raise UnavailableError(
            f"something other than the app answers at {url}",
            hint="Choose another port with PERFLEDGER_APP_PORT or `perfledger up --port`.",
        )
    if answer.status_code != HTTPStatus.OK:
        raise UnavailableError(
            f"the app at {url} is not well: {said.get('detail', answer.reason)}",
            hint=str(said.get("hint", "The log of `perfledger up` says more.")),
        )
    return str(said["status"])
