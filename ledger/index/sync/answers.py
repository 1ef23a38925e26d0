"""What a node answers, taken apart: hexadecimal text to numbers and bytes, or a clear refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import Any

from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.types import RPCResponse

from ledger.chain import rpc
from ledger.errors import UnavailableError

_NUMBERS = 2**63
"""What the index's columns hold."""

_TIMES = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
"""A year before the last moment that Python can name, so that every time zone can show it."""

_BLOOMS = 2 ** (8 * 256)


class ChainUnavailableError(UnavailableError):
    """The chain does not answer, or not with what was asked for."""

    def __init__(self, what: object) -> None:
        super().__init__(
            f"the chain does not answer as it should: {str(what)[:200]}",
            hint="Is the node up and synced? The next look at it goes on where this one stopped.",
        )


@dataclass(frozen=True, slots=True)
class Header:
    """What the index needs of a block; ``timestamp`` in seconds since 1970.

    Attributes:
        bloom: its logs' addresses and topics (Yellow Paper, 4.4.3); None: the node does not say.
    """

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    bloom: int | None = None


def result(answer: RPCResponse) -> Any:
    """The result of a call.

    Raises:
        ChainUnavailableError: the node answers with an error.
    """
    try:
        return rpc.result(answer)
    except Web3RPCError as error:
        raise ChainUnavailableError(error) from error


def header(answer: RPCResponse) -> Header | None:
    """The header of a block, or None where the node has no such block.

    Raises:
        ChainUnavailableError: it is an error, or no block.
    """
    block = result(answer)
    if block is None:
        return None
    says_bloom = isinstance(block, dict) and "logsBloom" in block
    return Header(
        number(block, "number"),
        data(block, "hash"),
        data(block, "parentHash"),
        number(block, "timestamp", below=_TIMES),
        number(block, "logsBloom", below=_BLOOMS) if says_bloom else None,
    )


def log(entry: Any) -> Mapping[str, Any]:
    """A log in the form that `EventDecoder` takes.

    Raises:
        ChainUnavailableError: it is no log.
    """
    topics = entry.get("topics") if isinstance(entry, dict) else None
    address = data(entry, "address")
    if not isinstance(topics, list) or len(address) != 20:  # noqa: PLR2004 - an address
        raise ChainUnavailableError("a log without topics or address")
    return {
        "address": Web3.to_checksum_address(address),
        "topics": [data({"topic": topic}, "topic") for topic in topics],
        "data": data(entry, "data"),
        "blockNumber": number(entry, "blockNumber"),
        "blockHash": data(entry, "blockHash"),
        "transactionHash": data(entry, "transactionHash"),
        "logIndex": number(entry, "logIndex"),
    }


def number(value: Any, name: str, *, below: int = _NUMBERS) -> int:
    """A field that holds a quantity.

    Raises:
        ChainUnavailableError: it is absent, negative, too large, or something else.
    """
    try:
        found = int(value[name], 16)
    except (KeyError, TypeError, ValueError) as error:
        raise ChainUnavailableError(f"{name} is not a number") from error
    if not 0 <= found < below:
        raise ChainUnavailableError(f"{name} is out of range")
    return found


def data(value: Any, name: str) -> bytes:
    """A field that holds bytes.

    Raises:
        ChainUnavailableError: it is absent, or something else.
    """
    try:
        return bytes.fromhex(value[name].removeprefix("0x"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChainUnavailableError(f"{name} is not hexadecimal data") from error
