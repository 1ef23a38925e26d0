"""The contracts on py-evm without the chain around them, so that thousands of calls are quick.

Calls are messages to the deployed bytecode, on the state that `Chain.started` leaves. Block number,
time and chain id are what a test sets them to: several calls can share a block, and a fork of the
chain is one assignment.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.vm.execution_context import ExecutionContext
from eth.vm.message import Message
from eth_abi import decode
from eth_abi import encode
from eth_utils import keccak
from eth_utils import to_canonical_address
from eth_utils import to_checksum_address
from eth_utils.abi import collapse_if_tuple

import contracts
from tests.contracts.chain import Chain

GAS = 20_000_000


@dataclass(frozen=True)
class Outcome:
    """What became of a call.

    Attributes:
        ok: whether it went through.
        values: what it returned.
        error: the custom error and its arguments, if it reverted with one.
        logs: the emitted events: contract address, topics, data.
        output: the bytes that were returned.
    """

    ok: bool
    values: tuple[Any, ...]
    error: tuple[Any, ...]
    logs: tuple[Any, ...]
    output: bytes


class Interface:
    """One contract's functions, and how they are encoded."""

    def __init__(self, address: str, abi: Sequence[Mapping[str, Any]]) -> None:
        self.address = to_canonical_address(address)
        self.functions = {entry["name"]: entry for entry in abi if entry["type"] == "function"}
        self._inputs = {name: types_of(each["inputs"]) for name, each in self.functions.items()}
        self._outputs = {name: types_of(each["outputs"]) for name, each in self.functions.items()}

    def selector(self, name: str) -> bytes:
        """How a function is named in calldata."""
        return selector(name, self._inputs[name])

    def data(self, name: str, *arguments: object) -> bytes:
        """The calldata of a call."""
        return self.selector(name) + encode(self._inputs[name], arguments)

    def returned(self, name: str, output: bytes) -> tuple[Any, ...]:
        """What a call returned; addresses in EIP-55."""
        return readable(self._outputs[name], output)


class Evm:
    """The state after deployment, and calls that change it.

    Attributes:
        chain: where the contracts were deployed; its accounts play the parts, its state is never
            changed from here.
        chain_id: as the contracts see it.
        number: the block number that they see.
        time: the block's time that they see.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._vm = chain.tester.backend.chain.get_vm()
        self.state = self._vm.state
        self.chain_id = int(chain.w3.eth.chain_id)
        self.number = int(self.state.block_number)
        self.time = int(self.state.timestamp)
        self.interfaces = {
            name: Interface(found.address, contracts.load(name).abi)
            for name, found in chain.deployed.items()
        }
        self._errors = {
            selector(entry["name"], types_of(entry["inputs"])): entry
            for name in contracts.NAMES
            for entry in contracts.load(name).abi
            if entry["type"] == "error"
        }

    def snapshot(self) -> object:
        """Where `revert` comes back to."""
        return (self.state.snapshot(), self.number, self.time, self.chain_id)

    def revert(self, snapshot: Any) -> None:
        """Undo everything since a snapshot."""
        state, self.number, self.time, self.chain_id = snapshot
        self.state.revert(state)

    def call(
        self, sender: str, contract: str, name: str, *arguments: object, value: int = 0
    ) -> Outcome:
        """Call a function of a contract, and keep what it changes."""
        interface = self.interfaces[contract]
        data = interface.data(name, *arguments)
        sent = self.send(sender, interface.address, data, value=value)
        values = interface.returned(name, sent.output) if sent.ok else ()
        return Outcome(sent.ok, values, sent.error, sent.logs, sent.output)

    def create(self, sender: str, code: bytes, *, value: int = 0) -> Outcome:
        """Deploy from creation code with its arguments; the outcome's output is the code."""
        self.state.execution_context = self._context()
        origin = to_canonical_address(sender)
        message = Message(
            gas=GAS,
            to=CREATE_CONTRACT_ADDRESS,
            sender=origin,
            value=value,
            data=b"",
            code=code,
            create_address=keccak(code)[12:],
        )
        context = self.state.get_transaction_context_class()(gas_price=0, origin=origin)
        done = self.state.computation_class.apply_create_message(self.state, message, context)
        output = bytes(done.output)
        return Outcome(not done.is_error, (), self.error(output), (), output)

    def view(self, contract: str, name: str, *arguments: object) -> Any:
        """What a view answers; a tuple where that is several values."""
        outcome = self.call("0x" + 40 * "0", contract, name, *arguments)
        assert outcome.ok, (name, arguments, outcome)
        return outcome.values[0] if len(outcome.values) == 1 else outcome.values

    def send(
        self, sender: str, to: bytes, data: bytes, *, value: int = 0, gas: int = GAS
    ) -> Outcome:
        """Send any calldata to a contract."""
        self.state.execution_context = self._context()
        origin = to_canonical_address(sender)
        message = Message(
            gas=gas,
            to=to,
            sender=origin,
            value=value,
            data=data,
            code=self.state.get_code(to),
            code_address=to,
        )
        context = self.state.get_transaction_context_class()(gas_price=0, origin=origin)
        done = self.state.computation_class.apply_message(self.state, message, context)
        output = bytes(done.output)
        if done.is_error:
            return Outcome(False, (), self.error(output), (), output)
        return Outcome(True, (), (), tuple(done.get_log_entries()), output)

    def balance(self, address: str | bytes) -> int:
        """The wei that an account has."""
        return int(self.state.get_balance(to_canonical_address(address)))

    def error(self, output: bytes) -> tuple[Any, ...]:
        """The custom error in a revert's data, and its arguments; empty if there is none."""
        entry = self._errors.get(output[:4])
        if entry is None:
            return ()
        return (entry["name"], *readable(types_of(entry["inputs"]), output[4:]))

    def _context(self) -> ExecutionContext:
        now = self._vm.get_header()
        return ExecutionContext(
            coinbase=now.coinbase,
            timestamp=self.time,
            block_number=self.number,
            difficulty=0,
            mix_hash=now.mix_hash,
            gas_limit=GAS,
            prev_hashes=(),
            chain_id=self.chain_id,
            base_fee_per_gas=0,
            excess_blob_gas=0,
        )


def selector(name: str, types: Sequence[str]) -> bytes:
    """The first four bytes of a call or a custom error."""
    return keccak(text=f"{name}({','.join(types)})")[:4]


def words_of(data: bytes) -> list[bytes]:
    """ABI-encoded data, word by word."""
    return [data[start : start + 32] for start in range(0, len(data), 32)]


def readable(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """ABI-encoded values; addresses in EIP-55."""
    return tuple(
        to_checksum_address(value) if kind == "address" else value
        for kind, value in zip(types, decode(types, data), strict=True)
    )


def types_of(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    return [collapse_if_tuple(dict(given)) for given in parameters]
