"""A node whose pool can be held: transactions wait in it as they do on a busy network."""

from typing import Any

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint
from web3.types import RPCResponse

from ledger.record.keccak import keccak

Slot = tuple[str, int]
"""Sender and nonce: a pool holds one transaction of each."""


class HeldPool(JSONBaseProvider):
    """In front of a chain that mines at once; follows geth's rules for what enters a pool.

    Attributes:
        held: whether transactions wait; else they go on to the chain.
        waiting: what waits.
        base_fee: what a block says that it asks for, in wei; None: as the chain says.
        blocks: added to the number of the head.
        refusal: what it says to every transaction that is new to it.
        claimed: how many transactions it says that a key has pending.
        chain_id: what it says.
    """

    def __init__(self, chain: Any, *, held: bool = True) -> None:
        super().__init__()
        self._chain = chain
        self.held = held
        self.waiting: dict[Slot, str] = {}
        self.base_fee: int | None = None
        self.blocks = 0
        self.refusal: str | None = None
        self.claimed: int | None = None
        self.chain_id: int | None = None

    def release(self) -> None:
        """Mine what waits, lower nonces first."""
        self.held = False
        for _, raw in sorted(self.waiting.items()):
            answer = self._chain.make_request("eth_sendRawTransaction", [raw])
            assert "error" not in answer, answer
        self.waiting.clear()

    def lose(self) -> None:
        """Forget what waits, as a node that is started anew."""
        self.waiting.clear()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        own = getattr(self, "_" + method, None)
        return self._chain.make_request(method, params) if own is None else own(params)

    def _eth_sendRawTransaction(self, params: Any) -> RPCResponse:  # noqa: N802
        if not self.held:
            return self._chain.make_request("eth_sendRawTransaction", params)
        raw = params[0] if isinstance(params[0], str) else HexBytes(params[0]).to_0x_hex()
        slot = (Account.recover_transaction(raw), fields(raw)["nonce"])
        before = self.waiting.get(slot)
        if before == raw:
            return _error("already known")
        if self.refusal is not None:
            return _error(self.refusal)
        if slot[1] < self._count(slot[0]):
            return _error("nonce too low")
        if before is not None and not _outbids(raw, before):
            return _error("replacement transaction underpriced")
        self.waiting[slot] = raw
        return _answer("0x" + keccak(bytes(HexBytes(raw))).hex())

    def _eth_getTransactionByHash(self, params: Any) -> RPCResponse:  # noqa: N802
        for raw in self.waiting.values():
            if "0x" + keccak(bytes(HexBytes(raw))).hex() == params[0]:
                return _answer({"hash": params[0]})
        return self._chain.make_request("eth_getTransactionByHash", params)

    def _eth_getTransactionCount(self, params: Any) -> RPCResponse:  # noqa: N802
        address, block = params
        count = self._count(address)
        if block == "pending" and self.claimed is not None:
            return _answer(hex(self.claimed))
        if block == "pending":
            while (address, count) in self.waiting:
                count += 1
        return _answer(hex(count))

    def _eth_getBlockByNumber(self, params: Any) -> RPCResponse:  # noqa: N802
        answer = self._chain.make_request("eth_getBlockByNumber", params)
        if self.base_fee is not None:
            answer["result"] = {**answer["result"], "baseFeePerGas": hex(self.base_fee)}
        return answer

    def _eth_chainId(self, params: Any) -> RPCResponse:  # noqa: N802
        if self.chain_id is not None:
            return _answer(hex(self.chain_id))
        return self._chain.make_request("eth_chainId", params)

    def _eth_blockNumber(self, params: Any) -> RPCResponse:  # noqa: N802
        answer = self._chain.make_request("eth_blockNumber", params)
        return _answer(hex(int(answer["result"], 16) + self.blocks))

    def _count(self, address: str) -> int:
        answer = self._chain.make_request("eth_getTransactionCount", [address, "latest"])
        return int(answer["result"], 16)


def fields(raw: bytes | str) -> dict[str, Any]:
    """A signed transaction, taken apart."""
    return dict(TypedTransaction.from_bytes(HexBytes(raw)).as_dict())


def _outbids(raw: str, before: str) -> bool:
    """geth: at least a tenth more of both fees."""
    names = ("maxFeePerGas", "maxPriorityFeePerGas")
    return all(10 * fields(raw)[name] >= 11 * fields(before)[name] for name in names)


def _answer(result: Any) -> RPCResponse:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def _error(message: str) -> RPCResponse:
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": message}}
