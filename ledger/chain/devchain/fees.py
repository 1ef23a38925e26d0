"""What gas costs: eth_feeHistory (EIP-1559) and the tip that is suggested."""

from itertools import pairwise
from typing import Any

from eth.abc import BlockHeaderAPI

from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.backend import base_fee
from ledger.chain.devchain.encoding import quantity
from ledger.chain.devchain.objects import effective_gas_price
from ledger.chain.devchain.rpc_errors import refused

SUGGESTED_TIP = 10**9
"""The priority fee that is proposed, in wei. Blocks are never full, so any would do."""

_MAX_BLOCKS = 1_024
_MAX_PERCENTILES = 100
_HUNDRED_PERCENT = 100


def fee_history(
    backend: DevChainBackend, count: int, newest: BlockHeaderAPI, percentiles: list[float]
) -> dict[str, Any]:
    """Base fees, use and tips of the `count` blocks up to `newest` (geth's form).

    Raises:
        RpcError: the percentiles do not rise from 0 to 100.
    """
    _check_percentiles(percentiles)
    count = max(0, min(count, _MAX_BLOCKS, newest.block_number + 1))
    oldest = newest.block_number + 1 - count
    headers = []
    for number in range(oldest, newest.block_number + 1):
        header = backend.header_by_number(number)
        assert header is not None
        headers.append(header)
    following = backend.chain.create_header_from_parent(newest)
    history: dict[str, Any] = {
        "oldestBlock": quantity(oldest),
        "baseFeePerGas": [quantity(base_fee(each)) for each in [*headers, following]],
        "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
        "baseFeePerBlobGas": [quantity(1)] * (len(headers) + 1),
        "blobGasUsedRatio": [0.0] * len(headers),
    }
    if percentiles:
        history["reward"] = [
            [quantity(tip) for tip in _tips(backend, header, percentiles)] for header in headers
        ]
    return history


def _tips(backend: DevChainBackend, header: BlockHeaderAPI, percentiles: list[float]) -> list[int]:
    """The tip of the transaction in which each percentile of the block's gas was used."""
    transactions = backend.block(header).transactions
    if not transactions:
        return [0] * len(percentiles)
    cumulative = [0, *(receipt.gas_used for receipt in backend.receipts(header))]
    used = [after - before for before, after in pairwise(cumulative)]
    tips = [effective_gas_price(each, header) - base_fee(header) for each in transactions]
    by_tip = sorted(zip(tips, used, strict=True))
    found = []
    position = 0
    reached = by_tip[0][1]
    for percentile in percentiles:
        threshold = header.gas_used * percentile / _HUNDRED_PERCENT
        while reached < threshold and position < len(by_tip) - 1:
            position += 1
            reached += by_tip[position][1]
        found.append(by_tip[position][0])
    return found


def _check_percentiles(percentiles: list[float]) -> None:
    if len(percentiles) > _MAX_PERCENTILES:
        raise refused(f"over the query limit {_MAX_PERCENTILES}")
    for percentile in percentiles:
        if not 0 <= percentile <= _HUNDRED_PERCENT:
            raise refused(f"invalid reward percentile: {percentile}")
    if sorted(percentiles) != percentiles:
        raise refused("invalid reward percentile: they must rise")
