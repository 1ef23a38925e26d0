"""A chain in memory that says what it is told and can be reorganised at will."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from eth_abi import encode as abi_encode
from eth_bloom import BloomFilter
from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint
from web3.types import RPCResponse

import contracts
from ledger.chain.deployment import Deployment
from ledger.record.keccak import keccak

CHAIN_ID = 31_337


def hash_of(number: int, parent: str, fork: int, events: Sequence[object]) -> str:
    content = json.dumps([number, parent, fork, [repr(event) for event in events]])
    return "0x" + keccak(content.encode()).hex()


NO_PARENT = "0x" + bytes(32).hex()
DEPLOYMENT = Deployment(
    network="simulated",
    chain_id=CHAIN_ID,
    genesis_hash=hash_of(0, NO_PARENT, 0, ()),
    from_block=1,
    registry=Web3.to_checksum_address("0x" + "11" * 20),
    validator_set=Web3.to_checksum_address("0x" + "22" * 20),
    attestations=Web3.to_checksum_address("0x" + "33" * 20),
)
SECONDS_PER_BLOCK = 12
GENESIS_TIME = 1_700_000_000

_ADDRESSES = dict(zip(contracts.NAMES, DEPLOYMENT.addresses, strict=True))


@dataclass(frozen=True)
class Emitted:
    """An event as a contract emits it: contract, event name, values in the contract's order."""

    contract: str
    name: str
    values: tuple[Any, ...]

    def log(self) -> dict[str, Any]:
        entry = next(
            entry
            for entry in contracts.load(self.contract).abi
            if entry["type"] == "event" and entry["name"] == self.name
        )
        kinds = [given["type"] for given in entry["inputs"]]
        given = list(zip(entry["inputs"], self.values, strict=True))
        topics = [keccak(f"{self.name}({','.join(kinds)})".encode())]
        topics += [abi_encode([item["type"]], [value]) for item, value in given if item["indexed"]]
        data = [(item["type"], value) for item, value in given if not item["indexed"]]
        return {
            "address": _ADDRESSES[self.contract],
            "topics": ["0x" + topic.hex() for topic in topics],
            "data": "0x" + abi_encode([kind for kind, _ in data], [v for _, v in data]).hex(),
        }


def _bloom(logs: list[dict[str, Any]]) -> str:
    bloom = BloomFilter()
    for log in logs:
        bloom.extend(bytes.fromhex(item[2:]) for item in (log["address"], *log["topics"]))
    return f"{int(bloom):#0514x}"


@dataclass
class SimulatedChain(JSONBaseProvider):
    """Blocks of events; block 0 is empty.

    Attributes:
        blocks: headers with their logs.
        events: what was emitted in each block.
        most_logs: an answer with more is refused, as public endpoints do.
        before_answer: called with the method's name before each answer.
        before_logs: called with what `eth_getLogs` is asked for.
        hides_logs: says that there are none, as a node that has not got the blocks yet.
    """

    blocks: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[Emitted, ...]] = field(default_factory=list)
    most_logs: int = 10_000
    forks: int = 0
    before_answer: Any = None
    before_logs: Any = None
    hides_logs: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self._append(())

    @property
    def w3(self) -> Web3:
        return Web3(self)

    @property
    def head(self) -> int:
        return len(self.blocks) - 1

    def mine(self, *events: Emitted) -> int:
        """Append a block; returns its number."""
        self._append(events)
        return self.head

    def reorganise(self, depth: int) -> None:
        """Take blocks off the head; what is mined next belongs to another fork."""
        keep = max(1, len(self.blocks) - depth)
        del self.blocks[keep:], self.events[keep:]
        self.forks += 1

    def _append(self, events: Sequence[Emitted]) -> None:
        number = len(self.blocks)
        parent = self.blocks[-1]["hash"] if self.blocks else NO_PARENT
        block_hash = hash_of(number, parent, self.forks, events)
        logs = []
        for index, event in enumerate(events):
            transaction = "0x" + keccak(f"{block_hash}{index}".encode()).hex()
            logs.append(
                {
                    **event.log(),
                    "blockNumber": hex(number),
                    "blockHash": block_hash,
                    "transactionHash": transaction,
                    "transactionIndex": hex(index),
                    "logIndex": hex(index),
                    "removed": False,
                }
            )
        self.events.append(tuple(events))
        self.blocks.append(
            {
                "number": hex(number),
                "hash": block_hash,
                "parentHash": parent,
                "timestamp": hex(GENESIS_TIME + number * SECONDS_PER_BLOCK),
                "logsBloom": _bloom(logs),
                "logs": logs,
            }
        )

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if self.before_answer is not None:
            self.before_answer(method)
        answer = getattr(self, "_" + method)(*params)
        if isinstance(answer, Exception):
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": str(answer)}}
        return {"jsonrpc": "2.0", "id": 1, "result": answer}

    def _eth_chainId(self) -> str:  # noqa: N802 - named by the RPC method
        return hex(CHAIN_ID)

    def _eth_getBlockByNumber(self, number: str, _full: bool) -> Any:  # noqa: N802
        place = self.head if number == "latest" else int(number, 16)
        if place > self.head:
            return None
        return {key: value for key, value in self.blocks[place].items() if key != "logs"}

    def _eth_getLogs(self, wanted: dict[str, Any]) -> Any:  # noqa: N802
        if "blockHash" in wanted:
            found = [block for block in self.blocks if block["hash"] == wanted["blockHash"]]
            return ValueError("unknown block") if self.hides_logs else found[0]["logs"]
        if self.before_logs is not None:
            self.before_logs(wanted)
        if self.hides_logs:
            return []
        start, end = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        logs = [log for block in self.blocks[start : end + 1] for log in block["logs"]]
        if len(logs) > self.most_logs:
            return ValueError("query returned more than 10000 results")
        return [log for log in logs if log["address"] in wanted["address"]]

    def _eth_getTransactionReceipt(self, transaction: str) -> Any:  # noqa: N802
        for block in self.blocks:
            for log in block["logs"]:
                if log["transactionHash"] == transaction:
                    return {
                        "transactionHash": transaction,
                        "gasUsed": hex(48_000),
                        "blockNumber": block["number"],
                    }
        return None
