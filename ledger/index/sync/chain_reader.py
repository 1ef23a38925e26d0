"""Reads segments of a chain that may change while it is read, from a node that may lag behind.

Questions that belong together go out as one JSON-RPC batch, so that following the head takes one
round trip a block.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from eth_bloom import BloomFilter
from web3 import Web3
from web3.exceptions import Web3Exception
from web3.exceptions import Web3RPCError
from web3.types import RPCResponse

from ledger.chain import rpc
from ledger.chain.deployment import Deployment
from ledger.chain.events import Anchored
from ledger.chain.events import Event
from ledger.chain.events import EventDecoder
from ledger.chain.finality import FINALIZED
from ledger.chain.finality import NoFinalityError
from ledger.errors import PerfledgerError
from ledger.index.sync import answers as answer_of
from ledger.index.sync.answers import ChainUnavailableError
from ledger.index.sync.answers import Header


class ChainMovedError(PerfledgerError):
    """The chain was reorganised while it was read, or the node lags; reading again helps."""


class RangeTooLargeError(PerfledgerError):
    """The node does not want to read so many blocks at once."""


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
    def parent_hash(self) -> bytes:
        """Hash of the block before the first."""
        return self.headers[self.from_block].parent_hash

    @property
    def eventful(self) -> set[int]:
        """Numbers of the blocks with events."""
        return {event.origin.block_number for event in self.events}


@dataclass(frozen=True, slots=True)
class View:
    """The chain as seen from the block that is to be read next.

    Attributes:
        head: the newest block.
        final: number of the newest final block; negative where there is none.
        before: the block before the next; None beyond the head.
        next: the next block, where it is the head: then there is no more to read.
    """

    head: Header
    final: int
    before: Header | None
    next: Segment | None


class ChainReader:
    """Reads headers and events of one deployment through an RPC endpoint."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        self._w3 = w3
        self._addresses = list(deployment.addresses)
        self._in_bloom = [bytes.fromhex(address[2:]) for address in deployment.addresses]
        self._decoder = EventDecoder(deployment)

    def identity(self) -> tuple[int, str]:
        """The EIP-155 id and the genesis hash that the endpoint answers with."""
        chain_id, genesis = self._ask(("eth_chainId", []), _block(0))
        header = answer_of.header(genesis)
        if header is None or "result" not in chain_id:
            raise ChainUnavailableError("it does not say which chain it is")
        return int(chain_id["result"], 16), _hex(header.hash)

    def view(self, next_block: int, confirmations: int | None) -> View:
        """The chain as seen from the block that is to be read next, in one round trip.

        Args:
            next_block: number of that block.
            confirmations: blocks on top of one before it is final; None: as consensus says.

        Raises:
            ChainMovedError: the answers belong to different forks.
            NoFinalityError: the node does not say which block is final.
            ChainUnavailableError: no answer.
        """
        latest, finalized, before, *single = self._ask(
            _block("latest"),
            _block(FINALIZED if confirmations is None else "latest"),
            _block(max(next_block - 1, 0)),
            *self._calls(next_block, next_block),
        )
        head = answer_of.header(latest)
        if head is None:
            raise ChainUnavailableError("it has no blocks")
        segment = None
        if head.number == next_block:
            segment = self._segment(next_block, next_block, single, keep_from=next_block)
            if segment.headers[next_block].hash != head.hash:
                raise ChainMovedError("the head changed while it was read")
        final = _finalized(finalized) if confirmations is None else head.number - confirmations
        return View(head, min(final, head.number), answer_of.header(before), segment)

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """The blocks of these numbers; None beyond the head."""
        return [answer_of.header(answer) for answer in self._ask(*map(_block, numbers))]

    def segment(self, start: int, end: int, *, keep_from: int) -> Segment:
        """Everything the index needs of the blocks from start to end.

        Args:
            start: first block.
            end: last block.
            keep_from: every header from this number on is wanted.

        Raises:
            RangeTooLargeError: the node refuses; fewer blocks may do.
            ChainMovedError: the answers belong to different forks.
            ChainUnavailableError: no answer.
        """
        return self._segment(start, end, self._ask(*self._calls(start, end)), keep_from=keep_from)

    def _calls(self, start: int, end: int) -> list[rpc.Call]:
        """The last block is looked at before and after the logs are fetched.

        If it is the same, then all answers come from the same fork.
        """
        logs = {"address": self._addresses, "fromBlock": hex(start), "toBlock": hex(end)}
        return [_block(start), _block(end), ("eth_getLogs", [logs]), _block(end)]

    def _segment(
        self, start: int, end: int, answers: Sequence[RPCResponse], *, keep_from: int
    ) -> Segment:
        first, last, again = (_require(answers[place]) for place in (0, 1, 3))
        if last.hash != again.hash:
            raise ChainMovedError("the chain changed while its logs were read")
        events = self._events(_logs(answers[2], single=start == end))
        wanted = {event.origin.block_number for event in events}
        wanted.update(range(max(start, keep_from), end))
        headers = {start: first, end: last} | self._headers(wanted - {start, end})
        events += self._withheld(headers, events)
        events.sort(key=lambda event: (event.origin.block_number, event.origin.log_index))
        _check_links(headers, events)
        return Segment(start, end, headers, events, self._gas_used(events))

    def _headers(self, numbers: Iterable[int]) -> dict[int, Header]:
        ordered = sorted(numbers)
        return dict(zip(ordered, map(_require, self._ask(*map(_block, ordered))), strict=True))

    def _withheld(self, headers: Mapping[int, Header], events: Sequence[Event]) -> list[Event]:
        """Events of blocks that ought to have some, and of which the node returned none.

        A node behind a load balancer may not have the block yet and say that it has no logs. Asked
        by the block's hash, it has to know the block.
        """
        with_events = {event.origin.block_number for event in events}
        answers = self._ask(
            *(
                ("eth_getLogs", [{"address": self._addresses, "blockHash": _hex(header.hash)}])
                for number, header in sorted(headers.items())
                if number not in with_events and self._may_have_events(header)
            )
        )
        return [event for answer in answers for event in self._events(_logs(answer, single=True))]

    def _may_have_events(self, header: Header) -> bool:
        if header.bloom is None:
            return False
        bloom = BloomFilter(header.bloom)
        return any(address in bloom for address in self._in_bloom)

    def _events(self, logs: Iterable[Mapping[str, object]]) -> list[Event]:
        return [event for log in logs if (event := self._decoder.decode(log)) is not None]

    def _gas_used(self, events: Sequence[Event]) -> dict[bytes, int | None]:
        anchors = {each.origin.transaction_hash for each in events if isinstance(each, Anchored)}
        ordered = sorted(anchors)
        receipts = map(
            answer_of.result,
            self._ask(*(("eth_getTransactionReceipt", [_hex(each)]) for each in ordered)),
        )
        return {
            transaction: None if receipt is None else answer_of.number(receipt, "gasUsed")
            for transaction, receipt in zip(ordered, receipts, strict=True)
        }

    def _ask(self, *calls: rpc.Call) -> list[RPCResponse]:
        try:
            return rpc.ask(self._w3, calls)
        except (Web3Exception, OSError) as error:
            raise ChainUnavailableError(f"{type(error).__name__}: {error}") from error


def _block(block: int | str) -> rpc.Call:
    return "eth_getBlockByNumber", [hex(block) if isinstance(block, int) else block, False]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _require(answer: RPCResponse) -> Header:
    header = answer_of.header(answer)
    if header is None:
        raise ChainMovedError("a block is gone")
    return header


def _finalized(answer: RPCResponse) -> int:
    try:
        block = rpc.result(answer)
    except Web3RPCError as error:
        raise NoFinalityError(error) from error
    return -1 if block is None else answer_of.number(block, "number")


def _logs(answer: RPCResponse, *, single: bool) -> list[Mapping[str, object]]:
    try:
        found = rpc.result(answer)
    except Web3RPCError as error:
        if single:
            raise ChainUnavailableError(error) from error
        raise RangeTooLargeError(f"the node refuses to read the logs: {error}") from error
    if not isinstance(found, list):
        raise ChainUnavailableError("logs that are no list")
    return [
        answer_of.log(entry)
        for entry in found
        if not (isinstance(entry, dict) and entry.get("removed"))
    ]


def _check_links(headers: Mapping[int, Header], events: Iterable[Event]) -> None:
    for number, header in headers.items():
        before = headers.get(number - 1)
        if before is not None and header.parent_hash != before.hash:
            raise ChainMovedError("two blocks in a row belong to different forks")
    for event in events:
        block = headers.get(event.origin.block_number)
        if block is None or event.origin.block_hash != block.hash:
            raise ChainMovedError("a log is of another fork than its block")
