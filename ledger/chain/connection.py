"""How a node reaches its chain: an RPC endpoint, or the development chain in its home folder."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from typing import Any
from typing import Self

from web3 import Web3
from web3.exceptions import Web3Exception

from ledger.chain import rpc
from ledger.chain.contracts import genesis_hash
from ledger.chain.endpoint import Endpoint
from ledger.chain.endpoint import without_credentials
from ledger.chain.failover import Failover
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.settings import Settings
from ledger.store.files import write_durably

if TYPE_CHECKING:
    from ledger.chain.devchain.server import RunningServer

GENESIS_BLOCK = 0

ANNOUNCEMENT_SECONDS = 5.0
"""How long a process that has the development chain may take to tell where it serves it."""

_LOOK_SECONDS = 0.05


class HomeEndpoint(Endpoint):
    """The development chain of a home folder, wherever it is served at the moment.

    The process that serves it may end and another take over on another port. Should the chain of
    another home take over the port, it does not answer to the name of this one
    (`RunningServer.own_url`).
    """

    def __init__(self, url: str, address_file: Path) -> None:
        super().__init__(url)
        self._session.proxies = {}  # none reaches this machine's loopback
        self._session.auth = None  # nor has this home's own chain a login
        self._address_file = address_file

    def _exchange(self, body: bytes) -> Any:
        """At the new address if the chain has moved."""
        try:
            return super()._exchange(body)
        except UnavailableError:
            url = _read_address(self._address_file)
            if url is None or url == self.url:
                raise
            self.url = url
            return super()._exchange(body)


class ChainConnection:
    """A chain that answers with the chain id it should.

    Attributes:
        w3: the chain.
        url: where it is reached, without credentials.
        failover: its endpoints, where there are several.
    """

    def __init__(
        self,
        w3: Web3,
        url: str,
        served: ExitStack | None = None,
        failover: Failover | None = None,
    ) -> None:
        self.w3 = w3
        self.url = url
        self.failover = failover
        self._served = served

    @property
    def problems(self) -> list[str]:
        """What is wrong with endpoints, where there are several."""
        health = [] if self.failover is None else self.failover.health
        return [f"{each.url}: {each.problem}" for each in health if each.problem]

    def close(self) -> None:
        """Stop what this process serves."""
        if self._served is not None:
            self._served.close()

    def __enter__(self) -> Self:
        """The connection itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def connect(settings: Settings) -> ChainConnection:
    """The chain of these settings.

    The development chain is served by the first process that needs it; others find its address in
    the home folder.

    Raises:
        UnavailableError: it does not answer.
        SettingsError: it has another chain id.
    """
    if settings.rpc_url is not None:
        connection = reach(settings.rpc_url)
    else:
        connection = join(settings) or host(settings, port=0)
    found = int(rpc.call(connection.w3, "eth_chainId"), 16)  # web3 would ask twice
    if found != settings.chain_id:
        connection.close()
        raise SettingsError(
            f"the chain at {connection.url} has id {found}, not {settings.chain_id}",
            hint="Set PERFLEDGER_CHAIN_ID, or PERFLEDGER_RPC_URL to the right network.",
        )
    return connection


def reach(urls: str) -> ChainConnection:
    """The network behind one endpoint, or behind several that are separated by commas.

    Raises:
        EndpointsDisagreeError: they are endpoints of different networks.
    """
    endpoints = [Endpoint(url.strip()) for url in urls.split(",")]
    shown = ", ".join(without_credentials(endpoint.url) for endpoint in endpoints)
    if len(endpoints) == 1:
        return ChainConnection(Web3(endpoints[0]), shown)
    failover = Failover(endpoints)
    failover.require_agreement(GENESIS_BLOCK)
    return ChainConnection(Web3(failover), shown, failover=failover)


def host(settings: Settings, *, port: int) -> ChainConnection:
    """Open the development chain in this process and serve it.

    Raises:
        DevChainLockedError: another process has it.
        SettingsError: the port is taken.
    """
    # py-evm takes a while to import, and most processes reach a chain that another one runs.
    from ledger.chain.devchain.chain import DevChain
    from ledger.chain.devchain.chain import DevChainLockedError
    from ledger.chain.devchain.server import serve

    with ExitStack() as served:
        try:
            chain = served.enter_context(DevChain(settings.chain_path, chain_id=settings.chain_id))
        except DevChainLockedError:
            if (connection := _join_soon(settings)) is not None:
                return connection
            raise
        server = served.enter_context(serve(chain, port=port))
        served.enter_context(announced(settings, server))
        return ChainConnection(Web3(chain.provider()), server.url, served.pop_all())


def join(settings: Settings) -> ChainConnection | None:
    """The development chain of this home as another process serves it, if one does."""
    address_file = _address_file(settings)
    url = _read_address(address_file)
    if url is None:
        return None
    w3 = Web3(HomeEndpoint(url, address_file))
    public_url, _, wanted = url.rpartition("/")
    try:
        found = genesis_hash(w3)
    except (UnavailableError, Web3Exception):
        return None
    return ChainConnection(w3, public_url) if found == wanted else None


def _join_soon(settings: Settings) -> ChainConnection | None:
    """As `join`, where the process that has the chain may be about to announce it."""
    deadline = time.monotonic() + ANNOUNCEMENT_SECONDS
    while (connection := join(settings)) is None and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    return connection


@contextmanager
def announced(settings: Settings, server: "RunningServer") -> Iterator[None]:
    """Tell other processes of this home where its development chain is served, while it is.

    To be entered and left by the process that holds the chain.
    """
    address_file = _address_file(settings)
    write_durably(address_file, server.own_url.encode())
    try:
        yield
    finally:
        address_file.unlink(missing_ok=True)


def _read_address(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return None


def _address_file(settings: Settings) -> Path:
    return settings.chain_path.parent / "url"
