"""Which block a call means: a number, a tag, or EIP-1898's object."""

from typing import Any

from eth.abc import BlockHeaderAPI

from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.encoding import parse_hash
from ledger.chain.devchain.encoding import parse_quantity
from ledger.chain.devchain.rpc_errors import invalid_params
from ledger.chain.devchain.rpc_errors import refused

PENDING = "pending"

# There is one writer and no fork, so the head is as final as it will ever be.
_HEAD_TAGS = frozenset({"latest", "safe", "finalized"})


def parse_block_number(value: Any, head: int, name: str = "block") -> int:
    """The number that a quantity or a tag stands for; ``pending`` is one past the head.

    Raises:
        RpcError: it is neither.
    """
    if not isinstance(value, str):
        raise invalid_params(f"{name}: want a tag or a hex quantity, got {value!r:.100}")
    if value in _HEAD_TAGS:
        return head
    if value == "earliest":
        return 0
    if value == PENDING:
        return head + 1
    return parse_quantity(value, name)


def find_header(backend: DevChainBackend, value: Any) -> BlockHeaderAPI | None:
    """The header that is meant, None if there is no such block.

    Raises:
        RpcError: the value names no block at all.
    """
    if isinstance(value, dict):
        return _find_eip1898(backend, value)
    if value == PENDING:
        return backend.pending_header()
    head = backend.head
    number = parse_block_number(value, head.block_number)
    return head if number == head.block_number else backend.header_by_number(number)


def header_for_state(backend: DevChainBackend, value: Any) -> BlockHeaderAPI:
    """The header whose state a call reads; the default is the head.

    Raises:
        RpcError: there is no such block.
    """
    header = find_header(backend, "latest" if value is None else value)
    if header is None:
        raise refused("header not found")
    return header


def _find_eip1898(backend: DevChainBackend, value: dict[str, Any]) -> BlockHeaderAPI | None:
    if "blockHash" in value and "blockNumber" in value:
        raise invalid_params("cannot specify both BlockHash and BlockNumber, choose one")
    if "blockHash" in value:
        return backend.header_by_hash(parse_hash(value["blockHash"], "blockHash"))
    if "blockNumber" in value:
        return find_header(backend, value["blockNumber"])
    raise invalid_params("invalid block identifier: neither blockHash nor blockNumber")
