"""eth_getLogs: the events in a range of blocks, found through the headers' bloom filters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth.abc import BlockHeaderAPI
from eth.abc import LogAPI
from eth_hash.auto import keccak

from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.block_id import parse_block_number
from ledger.chain.devchain.encoding import parse_address
from ledger.chain.devchain.encoding import parse_hash
from ledger.chain.devchain.objects import log_object
from ledger.chain.devchain.objects import log_place
from ledger.chain.devchain.rpc_errors import LIMIT_EXCEEDED
from ledger.chain.devchain.rpc_errors import RpcError
from ledger.chain.devchain.rpc_errors import invalid_params
from ledger.chain.devchain.rpc_errors import refused

MAX_RESULTS = 10_000
"""More logs than this are refused in one answer."""

_MAX_TOPICS = 4
_MAX_ALTERNATIVES = 1_000


@dataclass(frozen=True)
class LogPattern:
    """Which logs are wanted; an empty set matches all.

    Attributes:
        addresses: any of these contracts emitted it.
        topics: for each position any of these; a log with fewer topics does not match.
    """

    addresses: frozenset[bytes]
    topics: tuple[frozenset[int], ...]

    def matches(self, log: LogAPI) -> bool:
        """Whether a log is wanted."""
        if self.addresses and log.address not in self.addresses:
            return False
        if len(log.topics) < len(self.topics):
            return False
        pairs = zip(self.topics, log.topics, strict=False)
        return all(not wanted or topic in wanted for wanted, topic in pairs)

    def bloom_masks(self) -> list[list[int]]:
        """Per condition the bits of each alternative; one of each must be set in a bloom."""
        conditions = [[_bloom_bits(address) for address in self.addresses]]
        conditions += [
            [_bloom_bits(topic.to_bytes(32, "big")) for topic in wanted] for wanted in self.topics
        ]
        return [masks for masks in conditions if masks]


def find_logs(backend: DevChainBackend, criteria: Any) -> list[dict[str, Any]]:
    """The logs that the filter object asks for, in the order of the chain.

    Raises:
        RpcError: the filter is malformed, its block unknown, or more than `MAX_RESULTS` match.
    """
    if not isinstance(criteria, dict):
        raise invalid_params("missing value for required argument 0")
    pattern = _parse_pattern(criteria)
    masks = pattern.bloom_masks()
    found: list[dict[str, Any]] = []
    for header in _headers(backend, criteria):
        if header.bloom and _may_match(header.bloom, masks):
            found.extend(_block_logs(backend, header, pattern))
        if len(found) > MAX_RESULTS:
            raise RpcError(
                LIMIT_EXCEEDED,
                f"query returned more than {MAX_RESULTS} results; ask for fewer blocks",
            )
    return found


def _headers(backend: DevChainBackend, criteria: dict[str, Any]) -> Iterator[BlockHeaderAPI]:
    if criteria.get("blockHash") is not None:
        if criteria.get("fromBlock") is not None or criteria.get("toBlock") is not None:
            raise invalid_params(
                "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other"
            )
        header = backend.header_by_hash(parse_hash(criteria["blockHash"], "blockHash"))
        if header is None:
            raise refused("unknown block")
        yield header
        return
    head = backend.head.block_number
    first, last = (_bound(criteria, name, head) for name in ("fromBlock", "toBlock"))
    if first > last and last <= head:
        raise invalid_params("invalid block range params")
    for number in range(first, min(last, head) + 1):
        mined = backend.header_by_number(number)
        assert mined is not None
        yield mined


def _bound(criteria: dict[str, Any], name: str, head: int) -> int:
    value = criteria.get(name)
    return head if value is None else parse_block_number(value, head, name)


def _block_logs(
    backend: DevChainBackend, header: BlockHeaderAPI, pattern: LogPattern
) -> Iterator[dict[str, Any]]:
    hashes: tuple[bytes, ...] | None = None
    log_index = 0
    for index, receipt in enumerate(backend.receipts(header)):
        for log in receipt.logs:
            if pattern.matches(log):
                hashes = hashes or backend.transaction_hashes(header)
                yield log_object(log, log_place(header, hashes[index], index), log_index)
            log_index += 1


def _parse_pattern(criteria: dict[str, Any]) -> LogPattern:
    addresses = _alternatives(criteria.get("address"), "address")
    positions = criteria.get("topics") or []
    if not isinstance(positions, list) or len(positions) > _MAX_TOPICS:
        raise invalid_params("exceed max topics")
    topics = tuple(
        frozenset(
            int.from_bytes(parse_hash(topic, "topic"), "big")
            for topic in _alternatives(position, "topics")
        )
        for position in positions
    )
    return LogPattern(frozenset(parse_address(address, "address") for address in addresses), topics)


def _alternatives(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    alternatives = value if isinstance(value, list) else [value]
    if len(alternatives) > _MAX_ALTERNATIVES:
        raise invalid_params(f"{name}: more than {_MAX_ALTERNATIVES} alternatives")
    # A null among the alternatives matches anything, as geth has it.
    return [] if None in alternatives else alternatives


def _may_match(bloom: int, conditions: list[list[int]]) -> bool:
    return all(any(bloom & mask == mask for mask in masks) for masks in conditions)


def _bloom_bits(value: bytes) -> int:
    # Yellow Paper, section 4.3.1, equation for M: three 11-bit numbers from the hash.
    digest = keccak(value)
    bits = 0
    for offset in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[offset : offset + 2], "big") & 0x7FF)
    return bits
