"""Blocks, transactions, receipts and logs as geth's JSON-RPC writes them.

From them a client can rebuild what the chain hashes: the header's RLP, and the transaction and
receipt tries. Source: Ethereum execution APIs, schemas "Block", "Transaction" and "Receipt".
"""

from collections.abc import Iterator
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth._utils.address import generate_contract_address
from eth.abc import BlockAPI
from eth.abc import BlockHeaderAPI
from eth.abc import LogAPI
from eth.abc import ReceiptAPI
from eth.abc import SignedTransactionAPI

from ledger.chain.devchain.backend import base_fee
from ledger.chain.devchain.encoding import data
from ledger.chain.devchain.encoding import quantity
from ledger.chain.devchain.encoding import word

LEGACY = 0
ACCESS_LIST = 1
DYNAMIC_FEE = 2
SET_CODE = 4

_BLOOM_BYTES = 256


def header_object(header: BlockHeaderAPI) -> dict[str, Any]:
    """Every field of a header, and its hash."""
    return {
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "sha3Uncles": data(header.uncles_hash),
        "miner": data(header.coinbase),
        "stateRoot": data(header.state_root),
        "transactionsRoot": data(header.transaction_root),
        "receiptsRoot": data(header.receipt_root),
        "logsBloom": bloom(header.bloom),
        "difficulty": quantity(header.difficulty),
        "number": quantity(header.block_number),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "extraData": data(header.extra_data),
        "mixHash": data(header.mix_hash),
        "nonce": data(header.nonce),
        "baseFeePerGas": quantity(base_fee(header)),
        "withdrawalsRoot": data(header.withdrawals_root or b""),
        "blobGasUsed": quantity(header.blob_gas_used or 0),
        "excessBlobGas": quantity(header.excess_blob_gas or 0),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root or b""),
        "requestsHash": data(header.requests_hash),  # type: ignore[attr-defined]
    }


def block_object(block: BlockAPI, *, full: bool) -> dict[str, Any]:
    """A block with the hashes of its transactions or, if `full`, the transactions."""
    transactions: list[Any] = [
        transaction_object(transaction, block.header, index) if full else data(transaction.hash)
        for index, transaction in enumerate(block.transactions)
    ]
    return {
        **header_object(block.header),
        "size": quantity(len(rlp.encode(block))),
        "transactions": transactions,
        "uncles": [],
        "withdrawals": [],
    }


def pending_block_object(header: BlockHeaderAPI) -> dict[str, Any]:
    """The block being built: always empty here, and without what mining will decide."""
    undecided = {"hash": None, "nonce": None, "miner": None}
    return {
        **header_object(header),
        **undecided,
        "size": quantity(len(rlp.encode(header))),
        "transactions": [],
        "uncles": [],
        "withdrawals": [],
    }


def transaction_type(transaction: SignedTransactionAPI | ReceiptAPI) -> int:
    """The EIP-2718 type; 0 for a legacy transaction."""
    return getattr(transaction, "type_id", None) or LEGACY


def transaction_object(
    transaction: SignedTransactionAPI, header: BlockHeaderAPI, index: int
) -> dict[str, Any]:
    """A mined transaction with its place and its signature."""
    return {
        "blockHash": data(header.hash),
        "blockNumber": quantity(header.block_number),
        "transactionIndex": quantity(index),
        "hash": data(transaction.hash),
        "type": quantity(transaction_type(transaction)),
        "from": data(transaction.sender),
        "to": data(transaction.to) if transaction.to else None,
        "nonce": quantity(transaction.nonce),
        "gas": quantity(transaction.gas),
        "gasPrice": quantity(effective_gas_price(transaction, header)),
        "value": quantity(transaction.value),
        "input": data(transaction.data),
        **_typed_fields(transaction),
        "r": quantity(transaction.r),
        "s": quantity(transaction.s),
    }


def effective_gas_price(transaction: SignedTransactionAPI, header: BlockHeaderAPI) -> int:
    """What a unit of gas cost the sender, in wei (EIP-1559)."""
    if transaction_type(transaction) < DYNAMIC_FEE:
        return transaction.gas_price
    return min(
        transaction.max_fee_per_gas,
        transaction.max_priority_fee_per_gas + base_fee(header),
    )


def receipt_objects(block: BlockAPI, receipts: tuple[ReceiptAPI, ...]) -> list[dict[str, Any]]:
    """The receipts of a block; log indices run through the whole block."""
    objects = []
    gas_before = 0
    log_index = 0
    pairs = zip(block.transactions, receipts, strict=True)
    for index, (transaction, receipt) in enumerate(pairs):
        place = log_place(block.header, transaction.hash, index)
        objects.append(
            {
                **place,
                "type": quantity(transaction_type(transaction)),
                "from": data(transaction.sender),
                "to": data(transaction.to) if transaction.to else None,
                "contractAddress": _created_contract(transaction),
                "status": quantity(int.from_bytes(receipt.state_root, "big")),
                "gasUsed": quantity(receipt.gas_used - gas_before),
                "cumulativeGasUsed": quantity(receipt.gas_used),
                "effectiveGasPrice": quantity(effective_gas_price(transaction, block.header)),
                "logsBloom": bloom(receipt.bloom),
                "logs": [
                    log_object(log, place, log_index + offset)
                    for offset, log in enumerate(receipt.logs)
                ],
            }
        )
        gas_before = receipt.gas_used
        log_index += len(receipt.logs)
    return objects


def log_place(header: BlockHeaderAPI, transaction_hash: bytes, index: int) -> dict[str, str]:
    """Where a receipt or a log stands in the chain."""
    return {
        "blockHash": data(header.hash),
        "blockNumber": quantity(header.block_number),
        "transactionHash": data(transaction_hash),
        "transactionIndex": quantity(index),
    }


def log_object(log: LogAPI, place: dict[str, str], log_index: int) -> dict[str, Any]:
    """One event; `log_index` counts within its block."""
    return {
        "address": data(log.address),
        "topics": [word(topic) for topic in log.topics],
        "data": data(log.data),
        **place,
        "logIndex": quantity(log_index),
        "removed": False,
    }


def bloom(value: int) -> str:
    """A bloom filter, 2,048 bits, as data."""
    return data(value.to_bytes(_BLOOM_BYTES, "big"))


def _created_contract(transaction: SignedTransactionAPI) -> str | None:
    if transaction.to:
        return None
    return data(generate_contract_address(transaction.sender, transaction.nonce))


def _typed_fields(transaction: SignedTransactionAPI) -> dict[str, Any]:
    kind = transaction_type(transaction)
    if kind == LEGACY:
        v: int = transaction.v  # type: ignore[attr-defined]
        chain_id: int | None = transaction.chain_id
        # A signature from before EIP-155 is valid on every chain and names none.
        return {"v": quantity(v)} | ({} if chain_id is None else {"chainId": quantity(chain_id)})
    fields: dict[str, Any] = {
        "chainId": quantity(transaction.chain_id or 0),
        "accessList": list(_access_list(transaction)),
        "v": quantity(transaction.y_parity),
        "yParity": quantity(transaction.y_parity),
    }
    if kind >= DYNAMIC_FEE:
        fields["maxFeePerGas"] = quantity(transaction.max_fee_per_gas)
        fields["maxPriorityFeePerGas"] = quantity(transaction.max_priority_fee_per_gas)
    if kind == SET_CODE:
        fields["authorizationList"] = list(_authorizations(transaction))
    return fields


def _access_list(transaction: SignedTransactionAPI) -> Iterator[dict[str, Any]]:
    for address, slots in transaction.access_list:
        yield {"address": data(address), "storageKeys": [word(slot) for slot in slots]}


def _authorizations(transaction: SignedTransactionAPI) -> Iterator[dict[str, Any]]:
    for authorization in transaction.authorization_list:
        yield {
            "chainId": quantity(authorization.chain_id),
            "address": data(authorization.address),
            "nonce": quantity(authorization.nonce),
            "yParity": quantity(authorization.y_parity),
            "r": quantity(authorization.r),
            "s": quantity(authorization.s),
        }
