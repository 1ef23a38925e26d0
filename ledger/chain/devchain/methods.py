"""The JSON-RPC methods that read the chain, by the names clients call them."""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from eth.abc import BlockHeaderAPI
from eth_hash.auto import keccak
from eth_typing import Address

from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.backend import Mined
from ledger.chain.devchain.backend import base_fee
from ledger.chain.devchain.block_id import PENDING
from ledger.chain.devchain.block_id import find_header
from ledger.chain.devchain.block_id import header_for_state
from ledger.chain.devchain.call import parse_call
from ledger.chain.devchain.encoding import data
from ledger.chain.devchain.encoding import parse_address
from ledger.chain.devchain.encoding import parse_data
from ledger.chain.devchain.encoding import parse_hash
from ledger.chain.devchain.encoding import parse_quantity
from ledger.chain.devchain.encoding import parse_slot
from ledger.chain.devchain.encoding import quantity
from ledger.chain.devchain.encoding import word
from ledger.chain.devchain.execution import estimate_gas
from ledger.chain.devchain.execution import execute
from ledger.chain.devchain.fees import SUGGESTED_TIP
from ledger.chain.devchain.fees import fee_history
from ledger.chain.devchain.identity import client_version
from ledger.chain.devchain.logs import find_logs
from ledger.chain.devchain.objects import block_object
from ledger.chain.devchain.objects import pending_block_object
from ledger.chain.devchain.objects import receipt_objects
from ledger.chain.devchain.objects import transaction_object
from ledger.chain.devchain.proofs import account_proof
from ledger.chain.devchain.rpc_errors import invalid_params

Method = Callable[..., Any]

_MAX_PROOF_SLOTS = 1_024


class ReadMethods:
    """The methods that change nothing. Parameters are JSON values; answers are too."""

    def __init__(self, backend: DevChainBackend) -> None:
        self._backend = backend

    def by_name(self) -> Mapping[str, Method]:
        """Each method under its name."""
        return {
            "web3_clientVersion": client_version,
            "web3_sha3": self._sha3,
            "net_version": self._network,
            "net_listening": lambda: True,
            "eth_chainId": self._chain_id,
            "eth_syncing": lambda: False,
            "eth_blockNumber": self._block_number,
            "eth_gasPrice": self._gas_price,
            "eth_maxPriorityFeePerGas": lambda: quantity(SUGGESTED_TIP),
            "eth_blobBaseFee": lambda: quantity(1),
            "eth_feeHistory": self._fee_history,
            "eth_getBalance": self._balance,
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage,
            "eth_getTransactionCount": self._nonce,
            "eth_getProof": self._proof,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionByBlockNumberAndIndex": self._transaction_in_block,
            "eth_getTransactionByBlockHashAndIndex": self._transaction_in_block_hash,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getBlockByNumber": self._block,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getBlockTransactionCountByNumber": self._transaction_count,
            "eth_getBlockTransactionCountByHash": self._transaction_count_by_hash,
            "eth_getLogs": self._logs,
        }

    def _sha3(self, value: Any) -> str:
        return data(keccak(parse_data(value, "data")))

    def _network(self) -> str:
        return str(self._backend.chain_id)

    def _chain_id(self) -> str:
        return quantity(self._backend.chain_id)

    def _block_number(self) -> str:
        return quantity(self._backend.head.block_number)

    def _gas_price(self) -> str:
        return quantity(base_fee(self._backend.pending_header()) + SUGGESTED_TIP)

    def _fee_history(self, count: Any, newest: Any, percentiles: Any = None) -> dict[str, Any]:
        # Old clients send the count as a number.
        number = count if isinstance(count, int) else parse_quantity(count, "blockCount")
        asked = percentiles or []
        if not isinstance(asked, list) or not all(isinstance(each, int | float) for each in asked):
            raise invalid_params("rewardPercentiles: want a list of numbers")
        header = self._state_header("latest" if newest == PENDING else newest)
        return fee_history(self._backend, number, header, asked)

    def _balance(self, address: Any, block: Any = None) -> str:
        state = self._backend.state(self._state_header(block))
        return quantity(state.get_balance(_address(address)))

    def _code(self, address: Any, block: Any = None) -> str:
        state = self._backend.state(self._state_header(block))
        return data(state.get_code(_address(address)))

    def _storage(self, address: Any, slot: Any, block: Any = None) -> str:
        state = self._backend.state(self._state_header(block))
        return word(state.get_storage(_address(address), parse_slot(slot)))

    def _nonce(self, address: Any, block: Any = None) -> str:
        state = self._backend.state(self._state_header(block))
        return quantity(state.get_nonce(_address(address)))

    def _proof(self, address: Any, slots: Any, block: Any = None) -> dict[str, Any]:
        if not isinstance(slots, list) or len(slots) > _MAX_PROOF_SLOTS:
            raise invalid_params(f"storageKeys: want a list of at most {_MAX_PROOF_SLOTS}")
        header = self._state_header(block)
        return account_proof(self._backend.database, header, _address(address), slots)

    def _call(self, call: Any, block: Any = None) -> str:
        return data(execute(self._backend, self._state_header(block), parse_call(call)))

    def _estimate(self, call: Any, block: Any = None) -> str:
        return quantity(estimate_gas(self._backend, self._state_header(block), parse_call(call)))

    def _transaction(self, transaction_hash: Any) -> dict[str, Any] | None:
        mined = self._mined(transaction_hash)
        if mined is None:
            return None
        return transaction_object(mined.transaction, mined.header, mined.index)

    def _transaction_in_block(self, block: Any, index: Any) -> dict[str, Any] | None:
        return self._transaction_at(find_header(self._backend, block), index)

    def _transaction_in_block_hash(self, block_hash: Any, index: Any) -> dict[str, Any] | None:
        return self._transaction_at(self._header_by_hash(block_hash), index)

    def _receipt(self, transaction_hash: Any) -> dict[str, Any] | None:
        mined = self._mined(transaction_hash)
        return None if mined is None else self._receipts(mined.header)[mined.index]

    def _block(self, block: Any, full: Any = False) -> dict[str, Any] | None:
        if block == PENDING:
            return pending_block_object(self._backend.pending_header())
        return self._block_at(find_header(self._backend, block), full)

    def _block_by_hash(self, block_hash: Any, full: Any = False) -> dict[str, Any] | None:
        return self._block_at(self._header_by_hash(block_hash), full)

    def _block_receipts(self, block: Any) -> list[dict[str, Any]] | None:
        if block == PENDING:
            return []
        # A hash on its own is accepted beside numbers, tags and EIP-1898 objects.
        is_hash = isinstance(block, str) and len(block) == len("0x") + 64
        header = self._header_by_hash(block) if is_hash else find_header(self._backend, block)
        return None if header is None else self._receipts(header)

    def _transaction_count(self, block: Any) -> str | None:
        if block == PENDING:
            return quantity(0)
        return self._count_at(find_header(self._backend, block))

    def _transaction_count_by_hash(self, block_hash: Any) -> str | None:
        return self._count_at(self._header_by_hash(block_hash))

    def _logs(self, criteria: Any) -> list[dict[str, Any]]:
        return find_logs(self._backend, criteria)

    def _state_header(self, block: Any) -> BlockHeaderAPI:
        return header_for_state(self._backend, block)

    def _header_by_hash(self, block_hash: Any) -> BlockHeaderAPI | None:
        return self._backend.header_by_hash(parse_hash(block_hash, "blockHash"))

    def _mined(self, transaction_hash: Any) -> Mined | None:
        return self._backend.find_transaction(parse_hash(transaction_hash, "transactionHash"))

    def _block_at(self, header: BlockHeaderAPI | None, full: Any) -> dict[str, Any] | None:
        if not isinstance(full, bool):
            raise invalid_params("invalid argument 1: want a boolean")
        return None if header is None else block_object(self._backend.block(header), full=full)

    def _receipts(self, header: BlockHeaderAPI) -> list[dict[str, Any]]:
        return receipt_objects(self._backend.block(header), self._backend.receipts(header))

    def _count_at(self, header: BlockHeaderAPI | None) -> str | None:
        if header is None:
            return None
        return quantity(len(self._backend.transaction_hashes(header)))

    def _transaction_at(self, header: BlockHeaderAPI | None, index: Any) -> dict[str, Any] | None:
        position = parse_quantity(index, "index")
        transactions = [] if header is None else self._backend.block(header).transactions
        if header is None or position >= len(transactions):
            return None
        return transaction_object(transactions[position], header, position)


def _address(value: Any) -> Address:
    return Address(parse_address(value, "address"))
