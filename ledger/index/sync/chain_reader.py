"""Reads segments of a chain that may change while it is read."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from web3 import Web3
from web3.exceptions import BlockNotFound
from web3.exceptions import TransactionNotFound
from web3.exceptions import Web3Exception
from web3.exceptions import Web3RPCError
from web3.types import BlockIdentifier
from web3.types import FilterParams
from web3.types import LogReceipt

from ledger.chain.contracts import genesis_hash
from ledger.chain.deployment import Deployment
from ledger.chain.events import Anchored
from ledger.chain.events import Event
from ledger.chain.events import EventDecoder
from ledger.chain.finality import final_block
from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError

Answer = TypeVar("Answer")


class ChainUnavailableError(UnavailableError):
    """The chain does not answer, or not with what was asked for."""


class ChainMovedError(PerfledgerError):
    """The chain was reorganised while it was read; reading again helps."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the index needs of a block; ``timestamp`` in seconds since 1970."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one fork of the chain.

    Attributes:
        headers: of blocks with events, of blocks that are not final, and of the last block.
        events: in the order of the chain.
        gas_used: by transaction hash of an anchor; None where the node has no receipt.
    """

    from_block: int
    to_block: int
    headers: Mapping[int, Header]
    events: Sequence[Event]
    gas_used: Mapping[bytes, int | None]

    @property
    def eventful(self) -> set[int]:
        """Numbers of the blocks with events."""
        return {event.origin.block_number for event in self.events}


class ChainReader:
    """Reads headers and events of one deployment through an RPC endpoint."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        self._w3 = w3
        self._addresses = [w3.to_checksum_address(address) for address in deployment.addresses]
        self._decoder = EventDecoder(deployment)

    def chain_id(self) -> int:
        """The EIP-155 id that the endpoint answers with."""
        return int(_ask(lambda: self._w3.eth.chain_id))

    def genesis_hash(self) -> str:
        """Hash of the chain's first block."""
        return _ask(lambda: genesis_hash(self._w3))

    def head(self) -> Header:
        """The newest block."""
        header = self._header("latest")
        if header is None:
            raise ChainUnavailableError(
                "the chain has no blocks", hint="Is the node still syncing?"
            )
        return header

    def final(self, confirmations: int | None, *, head: int) -> int:
        """Number of the newest final block, as `final_block` has it."""
        return _ask(lambda: final_block(self._w3, confirmations, head=head))

    def header(self, number: int) -> Header | None:
        """The block of a number, or None beyond the head."""
        return self._header(number)

    def segment(self, start: int, end: int, *, parent: bytes | None, keep_from: int) -> Segment:
        """Everything the index needs of the blocks from start to end.

        The last block is looked at before and after the logs are fetched: if it is the same, then
        both answers come from the same fork.

        Args:
            start: first block.
            end: last block.
            parent: hash of the block before the first, where it is known.
            keep_from: every header from this number on is wanted.

        Raises:
            ChainMovedError: the answers belong to different forks.
            ChainUnavailableError: no answer.
        """
        first, last = self._require(start), self._require(end)
        if parent is not None and first.parent_hash != parent:
            raise ChainMovedError("the chain changed between two segments")
        logs = _ask(lambda: self._logs(start, end))
        headers = {start: first, end: last}
        numbers = {int(log["blockNumber"]) for log in logs}
        for number in sorted(numbers | set(range(max(start, keep_from), end + 1))):
            headers.setdefault(number, self._require(number))
        _check_links(headers)
        events = self._events(logs, headers)
        gas_used = {
            event.origin.transaction_hash: self._gas_used(event.origin.transaction_hash)
            for event in events
            if isinstance(event, Anchored)
        }
        if self._require(end).hash != last.hash:
            raise ChainMovedError("the chain changed while its logs were read")
        return Segment(start, end, headers, events, gas_used)

    def _events(self, logs: Sequence[LogReceipt], headers: Mapping[int, Header]) -> list[Event]:
        events = []
        for log in logs:
            if bytes(log["blockHash"]) != headers[int(log["blockNumber"])].hash:
                raise ChainMovedError("a log is of another fork than its block")
            event = self._decoder.decode(log)
            if event is not None:
                events.append(event)
        return sorted(events, key=lambda event: (event.origin.block_number, event.origin.log_index))

    def _logs(self, start: int, end: int) -> list[LogReceipt]:
        """Logs of a range; halved where the endpoint finds it too large."""
        wanted: FilterParams = {
            "address": self._addresses,
            "fromBlock": start,
            "toBlock": end,
        }
        try:
            return [log for log in self._w3.eth.get_logs(wanted) if not log.get("removed")]
        except Web3RPCError:
            if start == end:
                raise
            middle = (start + end) // 2
            return self._logs(start, middle) + self._logs(middle + 1, end)

    def _gas_used(self, transaction_hash: bytes) -> int | None:
        try:
            receipt = _ask(lambda: self._w3.eth.get_transaction_receipt(transaction_hash))  # type: ignore[arg-type]
        except TransactionNotFound:
            return None
        return int(receipt["gasUsed"])

    def _require(self, number: int) -> Header:
        header = self._header(number)
        if header is None:
            raise ChainMovedError(f"block {number} is gone")
        return header

    def _header(self, block: BlockIdentifier) -> Header | None:
        try:
            found = _ask(lambda: self._w3.eth.get_block(block))
        except BlockNotFound:
            return None
        return Header(
            int(found["number"]),
            bytes(found["hash"]),
            bytes(found["parentHash"]),
            int(found["timestamp"]),
        )


def _check_links(headers: Mapping[int, Header]) -> None:
    for number, header in headers.items():
        before = headers.get(number - 1)
        if before is not None and header.parent_hash != before.hash:
            raise ChainMovedError("two blocks in a row belong to different forks")


def _ask(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except (BlockNotFound, TransactionNotFound):
        raise
    except (Web3Exception, OSError) as error:
        raise ChainUnavailableError(
            f"the chain does not answer as it should: {type(error).__name__}: {str(error)[:200]}",
            hint="Is the node up and synced? The next look at it goes on where this one stopped.",
        ) from error
