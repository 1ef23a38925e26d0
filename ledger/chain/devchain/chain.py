"""A development chain in one file: what the rest of perfledger opens."""

import threading
from pathlib import Path
from typing import Any
from typing import Self

from eth_account.signers.local import LocalAccount
from filelock import FileLock
from filelock import Timeout

from ledger.chain.devchain.accounts import ACCOUNT_COUNT
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.database import ChainDatabase
from ledger.chain.devchain.methods import ReadMethods
from ledger.chain.devchain.provider import DevChainProvider
from ledger.chain.devchain.rpc import Dispatcher
from ledger.chain.devchain.transactions import WriteMethods
from ledger.errors import PerfledgerError

DEFAULT_CHAIN_ID = 1337


class DevChainLockedError(PerfledgerError):
    """Another process has the chain's file open."""

    exit_code = 75


class DevChain:
    """The chain whose blocks are in the SQLite file `path`; created if there is none.

    Every transaction is mined at once in a block of its own, which is on disk before the answer.
    Its methods may be called from any thread. ``<path>.lock`` keeps other processes out.

    Raises:
        DevChainLockedError: another process (or another instance in this one) has it open.
        DevChainDatabaseError: the file is no development chain, or one with another chain id.
    """

    def __init__(self, path: Path, *, chain_id: int = DEFAULT_CHAIN_ID) -> None:
        self.path = path
        self.chain_id = chain_id
        # py-evm keeps state between the steps of mining: one call at a time.
        self._one_at_a_time = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_file = _acquire(path)
        try:
            self._database = ChainDatabase(path)
        except BaseException:
            self._lock_file.release()
            raise
        try:
            self.backend = DevChainBackend(self._database, chain_id)
        except BaseException:
            self.close()
            raise
        reading = ReadMethods(self.backend).by_name()
        self._reader = Dispatcher(reading)
        self._dispatcher = Dispatcher({**reading, **WriteMethods(self.backend).by_name()})

    @property
    def genesis_hash(self) -> bytes:
        """Hash of the first block: what tells this chain from every other."""
        return self.backend.genesis_hash

    @property
    def accounts(self) -> tuple[LocalAccount, ...]:
        """The funded development accounts; their keys are known to everybody."""
        return tuple(dev_account(index) for index in range(ACCOUNT_COUNT))

    def provider(self) -> DevChainProvider:
        """A web3 provider that calls this chain without a network."""
        return DevChainProvider(self.handle_bytes)

    def handle(self, request: Any) -> Any:
        """Answer a decoded JSON-RPC request or batch; None if it was a notification."""
        with self._one_at_a_time:
            return self._dispatcher.handle(request)

    def handle_bytes(self, body: bytes) -> bytes:
        """Answer a JSON-RPC request or batch as JSON text; empty if it was a notification."""
        with self._one_at_a_time:
            return self._dispatcher.handle_bytes(body)

    def read_bytes(self, body: bytes) -> bytes:
        """The same for whoever may only read; other methods are as if they were not there."""
        with self._one_at_a_time:
            return self._reader.handle_bytes(body)

    def close(self) -> None:
        """Close the file and let others open it; a call under way is finished first."""
        with self._one_at_a_time:
            self._database.close()
            self._lock_file.release()

    def __enter__(self) -> Self:
        """The chain itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def _acquire(path: Path) -> FileLock:
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise DevChainLockedError(
            f"the development chain {path} is open in another process",
            hint="Use the RPC address of that process, or stop it first.",
        ) from error
    return lock
