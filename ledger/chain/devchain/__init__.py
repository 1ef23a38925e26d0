"""A development chain: eth-tester on py-evm, kept on disk, served as JSON-RPC on loopback."""

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.accounts import is_dev_account
from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.chain import DevChainLockedError
from ledger.chain.devchain.database import DevChainDatabaseError
from ledger.chain.devchain.identity import is_development_chain
from ledger.chain.devchain.provider import DevChainProvider
from ledger.chain.devchain.server import RunningServer
from ledger.chain.devchain.server import serve
from ledger.chain.devchain.server import serve_until_stopped

__all__ = [
    "DevChain",
    "DevChainBackend",
    "DevChainDatabaseError",
    "DevChainLockedError",
    "DevChainProvider",
    "RunningServer",
    "dev_account",
    "is_dev_account",
    "is_development_chain",
    "serve",
    "serve_until_stopped",
]
