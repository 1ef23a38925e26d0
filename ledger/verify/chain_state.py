"""Proving what the contracts hold, and linking headers."""

from collections.abc import Mapping
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ledger.chain.headers import as_bytes
from ledger.chain.headers import encode_header
from ledger.errors import InvalidInputError
from ledger.verify import slots
from ledger.verify.format import MAX_HEADERS
from ledger.verify.format import AccountPart
from ledger.verify.format import SlotPart
from ledger.verify.format import StatePart
from ledger.verify.policy import Contracts
from ledger.verify.reader import ChainReader

MOST_LINKS = 256
"""Headers between two blocks that a file bridges; at 1.2 kB each, more would dwarf the rest. Where
blocks are further apart the file has several reference blocks, and its reader must trust each."""


def quorum_index(chain: ChainReader, contracts: Contracts, *, anchored_in: int, block: int) -> int:
    """Which of the quorums that the state after a block knows holds for an earlier one.

    Args:
        chain: the node to ask.
        contracts: the ledger.
        anchored_in: the block whose quorum is looked for.
        block: the block after which to look.
    """

    def word(slot: bytes) -> int:
        return int.from_bytes(chain.storage(contracts.validator_set, slot, block), "big")

    low, high = 0, word(slots.quorum_count_slot())
    while low < high:
        middle = (low + high) // 2
        if slots.Checkpoint.unpack(word(slots.quorum_slot(middle))).from_block <= anchored_in:
            low = middle + 1
        else:
            high = middle
    return max(low - 1, 0)


def prove_state(
    chain: ChainReader, block: int, index: int, needed: Mapping[str, Sequence[bytes]]
) -> StatePart:
    """The storage proofs of the slots needed, after a block.

    Raises:
        UnavailableError: the node gives no such proofs.
    """
    accounts = []
    for address, wanted in needed.items():
        answer = chain.account_proof(address, wanted, block)
        accounts.append(
            AccountPart(
                address=address,
                nodes=_nodes(answer["accountProof"]),
                slots=tuple(
                    SlotPart(slot=slot, nodes=_nodes(part["proof"]))
                    for slot, part in zip(wanted, answer["storageProof"], strict=True)
                ),
            )
        )
    return StatePart(block=block, quorum_index=index, accounts=tuple(accounts))


def link_headers(chain: ChainReader, blocks: Sequence[int]) -> tuple[bytes, ...]:
    """The headers of blocks and of those between them, as far as they are not too far apart.

    Raises:
        InvalidHeaderError: a header does not hash to its block's hash.
        InvalidInputError: more headers than a file holds.
    """
    wanted = sorted(set(blocks))
    numbers = wanted[:1]
    for before, after in pairwise(wanted):
        numbers.extend(range(before + 1, after) if after - before <= MOST_LINKS else ())
        numbers.append(after)
    if len(numbers) > MAX_HEADERS:
        raise InvalidInputError(
            f"a proof of {len(numbers):,} headers; at most {MAX_HEADERS:,} are allowed",
            hint="Choose an earlier reference block.",
        )
    return tuple(encode_header(chain.block(number)) for number in numbers)


def _nodes(nodes: Sequence[Any]) -> tuple[bytes, ...]:
    return tuple(as_bytes(node) for node in nodes)
