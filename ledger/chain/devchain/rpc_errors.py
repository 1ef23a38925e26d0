"""What a JSON-RPC call can fail with, in geth's codes and words.

Clients match on them: web3 decodes a custom error from the data of code 3, and senders tell
"nonce too low" from "insufficient funds" by the message.
"""

from typing import Any

from eth.abc import ComputationAPI
from eth.exceptions import ContractCreationCollision
from eth.exceptions import FullStack
from eth.exceptions import InsufficientFunds
from eth.exceptions import InsufficientStack
from eth.exceptions import InvalidInstruction
from eth.exceptions import InvalidJumpDestination
from eth.exceptions import OutOfBoundsRead
from eth.exceptions import OutOfGas
from eth.exceptions import Revert
from eth.exceptions import StackDepthLimit
from eth.exceptions import WriteProtection
from eth_abi import decode
from eth_abi.exceptions import DecodingError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
LIMIT_EXCEEDED = -32005
SERVER_ERROR = -32000
REVERTED = 3

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")

_PANIC_REASONS = {
    0x00: "generic panic",
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x22: "invalid encoded storage byte array accessed",
    0x31: "out-of-bounds array access; popping on an empty array",
    0x32: "out-of-bounds access of an array or bytesN",
    0x41: "out of memory",
    0x51: "uninitialized function",
}

_HALT_MESSAGES: tuple[tuple[type[Exception], str], ...] = (
    (OutOfGas, "out of gas"),
    (InvalidInstruction, "invalid opcode"),
    (InvalidJumpDestination, "invalid jump destination"),
    (InsufficientStack, "stack underflow"),
    (FullStack, "stack limit reached 1024"),
    (StackDepthLimit, "max call depth exceeded"),
    (WriteProtection, "write protection"),
    (OutOfBoundsRead, "return data out of bounds"),
    (InsufficientFunds, "insufficient balance for transfer"),
    (ContractCreationCollision, "contract address collision"),
)


class RpcError(Exception):
    """A call that is answered with an error object (JSON-RPC 2.0, section 5.1)."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, Any]:
        """The ``error`` member of the response."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


def invalid_params(message: str) -> RpcError:
    """The parameters do not have the method's form."""
    return RpcError(INVALID_PARAMS, message)


def refused(message: str) -> RpcError:
    """The request is well formed, but the chain cannot do it."""
    return RpcError(SERVER_ERROR, message)


def execution_error(computation: ComputationAPI) -> RpcError:
    """Why a message call failed; a revert carries the data that it returned."""
    error = computation.error
    if isinstance(error, Revert):
        output = bytes(computation.output)
        reason = _revert_reason(output)
        message = f"execution reverted: {reason}" if reason else "execution reverted"
        return RpcError(REVERTED, message, "0x" + output.hex())
    for kind, message in _HALT_MESSAGES:
        if isinstance(error, kind):
            return refused(message)
    return refused(str(error))


def _revert_reason(output: bytes) -> str:
    try:
        if output[:4] == _ERROR_STRING:
            return str(decode(["string"], output[4:])[0])
        if output[:4] == _PANIC:
            code = int(decode(["uint256"], output[4:])[0])
            return _PANIC_REASONS.get(code, f"unknown panic code: {code:#x}")
    except (DecodingError, UnicodeDecodeError, OverflowError):
        # The contract chose these bytes: a reason that cannot be read is none.
        return ""
    return ""
