"""The first block, written once, and the rules every block after it follows."""

import secrets
from collections.abc import Iterator
from typing import Any

from eth.abc import BlockHeaderAPI
from eth.chains.base import MiningChain
from eth.consensus.applier import ConsensusApplier
from eth.consensus.noproof import NoProofConsensus
from eth.typing import AccountDetails
from eth.vm.forks.prague import PragueVM
from eth_tester.backends.pyevm.main import get_default_genesis_params  # type: ignore[import-untyped]
from eth_typing import Address
from eth_typing import BlockNumber

from ledger.chain.devchain.accounts import ACCOUNT_COUNT
from ledger.chain.devchain.accounts import INITIAL_BALANCE
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.database import ChainDatabase
from ledger.chain.devchain.database import DevChainDatabaseError

BLOCK_GAS_LIMIT = 30_000_000
"""Gas a block may use; the same for every block."""

_CHAIN_ID_KEY = b"perfledger:chain-id"

_EXTRA_DATA_BYTES = 32
"""Most that a header may hold (Yellow Paper, 4.4.4)."""


def open_chain(database: ChainDatabase, chain_id: int, now: int) -> MiningChain:
    """The chain in a database, at its head; an empty database gets its first block.

    Args:
        database: where the chain is or will be.
        chain_id: EIP-155 chain id.
        now: the first block's timestamp, in seconds since the epoch.

    Raises:
        DevChainDatabaseError: the database holds a chain with another id.
    """
    chain_class = _chain_class(chain_id)
    expected = str(chain_id).encode()
    stored = database.get(_CHAIN_ID_KEY)
    if stored is None:
        with database.transaction():
            chain_class.from_genesis(database, _parameters(now), dict(_accounts()))
            database[_CHAIN_ID_KEY] = expected
    elif stored != expected:
        raise DevChainDatabaseError(
            f"{database.path} holds a chain with id {stored.decode()}, not {chain_id}",
            hint="Set the chain id to that of the file, or name another file.",
        )
    return chain_class(database)


def _chain_class(chain_id: int) -> type[MiningChain]:
    configuration = ConsensusApplier(NoProofConsensus).amend_vm_configuration(
        ((BlockNumber(0), PragueVM),)
    )

    class DevelopmentChain(MiningChain):
        vm_configuration = configuration

        def create_header_from_parent(
            self, parent_header: BlockHeaderAPI, **header_params: Any
        ) -> BlockHeaderAPI:
            header_params["gas_limit"] = BLOCK_GAS_LIMIT
            return super().create_header_from_parent(parent_header, **header_params)

        def get_transaction_builder(self) -> Any:
            return PragueVM.get_transaction_builder()

    DevelopmentChain.chain_id = chain_id
    return DevelopmentChain


def _parameters(timestamp: int) -> dict[str, Any]:
    # Accounts, contracts and chain id are the same on every development chain. Only the hash of
    # the first block tells two of them apart, so no two may have it in common.
    chosen = {
        "gas_limit": BLOCK_GAS_LIMIT,
        "timestamp": timestamp,
        "extra_data": secrets.token_bytes(_EXTRA_DATA_BYTES),
    }
    return dict(get_default_genesis_params(chosen))


def _accounts() -> Iterator[tuple[Address, AccountDetails]]:
    for index in range(ACCOUNT_COUNT):
        address = Address(bytes.fromhex(dev_account(index).address[2:]))
        yield address, {"balance": INITIAL_BALANCE, "nonce": 0, "code": b"", "storage": {}}
