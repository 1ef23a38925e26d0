"""The answers of a node that a proof is made of."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

from eth_typing import BlockNumber
from eth_typing import HexStr
from web3 import Web3
from web3.exceptions import MethodUnavailable
from web3.exceptions import Web3RPCError

from ledger.chain.headers import as_bytes
from ledger.chain.receipts import Log
from ledger.errors import UnavailableError


class ChainReader(Protocol):
    """What a proof is made of, as JSON-RPC or web3 writes it."""

    def head(self) -> int:
        """Number of the latest block."""

    def block(self, number: int) -> Mapping[str, Any]:
        """A block's header fields (``eth_getBlockByNumber``)."""

    def receipts(self, number: int) -> Sequence[Mapping[str, Any]]:
        """The receipts of a block, in order (``eth_getBlockReceipts``)."""

    def logs(
        self, address: str, topics: Sequence[bytes], first: int, last: int
    ) -> Sequence[Mapping[str, Any]]:
        """Events of a contract by their first topics (``eth_getLogs``), both blocks included.

        The range may be of any length; how much a node tells at once is the reader's to find out.
        """

    def storage(self, address: str, slot: bytes, block: int) -> bytes:
        """A storage word after a block (``eth_getStorageAt``)."""

    def account_proof(self, address: str, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        """An account with some of its storage after a block (``eth_getProof``, EIP-1186)."""


class Web3Reader:
    """A node through web3."""

    def __init__(self, w3: Web3) -> None:
        self._w3 = w3

    def head(self) -> int:
        """Number of the latest block."""
        return self._w3.eth.block_number

    def block(self, number: int) -> Mapping[str, Any]:
        """A block's header fields."""
        return self._w3.eth.get_block(BlockNumber(number))

    def receipts(self, number: int) -> Sequence[Mapping[str, Any]]:
        """The receipts of a block, one by one where the node has no call for all of them."""
        try:
            return list(self._w3.eth.get_block_receipts(BlockNumber(number)))
        except (MethodUnavailable, Web3RPCError):
            hashes = self._w3.eth.get_block(BlockNumber(number))["transactions"]
            return [
                self._w3.eth.get_transaction_receipt(entry)
                for entry in hashes
                if isinstance(entry, bytes)
            ]

    def logs(
        self, address: str, topics: Sequence[bytes], first: int, last: int
    ) -> Sequence[Mapping[str, Any]]:
        """Events of a contract by their first topics; halved where the node finds it too much.

        Public nodes limit the range, each in its own way, and often only where much is found.

        Raises:
            UnavailableError: the node refuses even a single block.
        """
        try:
            return self._w3.eth.get_logs(
                {
                    "address": Web3.to_checksum_address(address),
                    "fromBlock": BlockNumber(first),
                    "toBlock": BlockNumber(last),
                    "topics": [HexStr("0x" + topic.hex()) for topic in topics],
                }
            )
        except Web3RPCError as error:
            if first >= last:
                raise UnavailableError(
                    f"the node does not tell the events of block {first}: {error}",
                    hint="Use a node that keeps them (eth_getLogs).",
                ) from error
        middle = (first + last) // 2
        return [
            *self.logs(address, topics, first, middle),
            *self.logs(address, topics, middle + 1, last),
        ]

    def storage(self, address: str, slot: bytes, block: int) -> bytes:
        """A storage word after a block."""
        word = self._w3.eth.get_storage_at(
            Web3.to_checksum_address(address), int.from_bytes(slot, "big"), BlockNumber(block)
        )
        return bytes(word).rjust(32, b"\0")

    def account_proof(self, address: str, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        """An account with some of its storage after a block.

        Raises:
            UnavailableError: the node does not give such proofs, or not of that block any more.
        """
        try:
            # web3 declares the arguments as one tuple, and takes three. Slots go out as 32 bytes:
            # as numbers, Anvil refuses those with an odd number of digits.
            return self._w3.eth.get_proof(  # type: ignore[call-arg]
                Web3.to_checksum_address(address),  # type: ignore[arg-type]
                [Web3.to_hex(slot) for slot in slots],
                BlockNumber(block),
            )
        except (MethodUnavailable, Web3RPCError) as error:
            raise UnavailableError(
                f"the node gives no storage proof (eth_getProof) at block {block}: {error}",
                hint="Use a node that has the method and the state of that block; or make the "
                "proof without the state, and let its reader name the quorum.",
            ) from error


def log_of(entry: Mapping[str, Any]) -> Log:
    """A log as JSON-RPC or web3 writes it."""
    return Log(
        as_bytes(entry["address"]),
        tuple(as_bytes(topic) for topic in entry["topics"]),
        as_bytes(entry["data"]),
    )
