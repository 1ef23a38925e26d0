"""Message calls without a transaction: eth_call and eth_estimateGas."""

from eth.abc import BlockHeaderAPI
from eth.abc import ComputationAPI
from eth.exceptions import OutOfGas
from eth.vm.forks.london.transactions import UnsignedDynamicFeeTransaction
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address
from eth_utils import ValidationError
from eth_utils import to_checksum_address

from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.call import AccessList
from ledger.chain.devchain.call import Call
from ledger.chain.devchain.rpc_errors import execution_error
from ledger.chain.devchain.rpc_errors import refused

# geth stops its search when the bounds are this close, relative to the upper one.
_ESTIMATE_TOLERANCE = 0.015
_CALL_STIPEND = 2_300
_MAX_REFUND_QUOTIENT = 5

_TRANSACTION_GAS = 21_000
_CREATION_GAS = 32_000
_INITCODE_WORD_GAS = 2
_ACCESSED_ADDRESS_GAS = 2_400
_ACCESSED_SLOT_GAS = 1_900
# A zero byte of calldata is one token, another byte four (EIP-7623).
_TOKENS_PER_BYTE = 4
_GAS_PER_TOKEN = 4
_FLOOR_PER_TOKEN = 10


def execute(backend: DevChainBackend, header: BlockHeaderAPI, call: Call) -> bytes:
    """What the call returns on the state after a block; nothing is kept of it.

    Raises:
        RpcError: it reverts or halts, or its sender cannot pay for it.
    """
    gas = min(call.gas or header.gas_limit, header.gas_limit)
    computation = _run(backend, header, call, gas)
    if computation.is_error:
        raise execution_error(computation)
    return bytes(computation.output)


def estimate_gas(backend: DevChainBackend, header: BlockHeaderAPI, call: Call) -> int:
    """A gas limit with which the call succeeds, at most 1.5 % above the lowest.

    Gas used is not enough to know: a callee gets only 63/64 of what is left (EIP-150), and refunds
    come after the end. So the limit is searched between them, as geth does.

    Raises:
        RpcError: it fails with any limit that the block and the sender's balance allow.
    """
    upper = _affordable_gas(backend, header, call)
    computation = _run(backend, header, call, upper)
    if computation.is_error:
        if isinstance(computation.error, OutOfGas) and upper < header.gas_limit:
            raise refused(f"gas required exceeds allowance ({upper})")
        raise execution_error(computation)
    spent = upper - computation.get_gas_remaining()
    refund = min(computation.get_gas_refund(), spent // _MAX_REFUND_QUOTIENT)
    least = max(spent - refund, minimum_gas(call.data, creates=not call.to))
    # Most calls succeed with what they used; of the others, with room for one call's 1/64.
    guesses = [(spent + _CALL_STIPEND) * 64 // 63, least]
    lower = least - 1
    while lower + 1 < upper and (guesses or (upper - lower) / upper >= _ESTIMATE_TOLERANCE):
        limit = guesses.pop() if guesses else (lower + upper) // 2
        if not lower < limit < upper:
            continue
        if _run(backend, header, call, limit).is_error:
            lower = limit
        else:
            upper = limit
    return upper


def minimum_gas(data: bytes, *, creates: bool, access_list: AccessList = ()) -> int:
    """The least gas limit that a transaction is valid with.

    The intrinsic gas (EIP-2028, EIP-2930, EIP-3860) or the floor of EIP-7623, which py-evm charges
    but does not ask for beforehand.
    """
    zeros = data.count(0)
    tokens = zeros + (len(data) - zeros) * _TOKENS_PER_BYTE
    intrinsic = _TRANSACTION_GAS + _GAS_PER_TOKEN * tokens
    if creates:
        intrinsic += _CREATION_GAS + _INITCODE_WORD_GAS * ((len(data) + 31) // 32)
    for _, slots in access_list:
        intrinsic += _ACCESSED_ADDRESS_GAS + _ACCESSED_SLOT_GAS * len(slots)
    return max(intrinsic, _TRANSACTION_GAS + _FLOOR_PER_TOKEN * tokens)


def _affordable_gas(backend: DevChainBackend, header: BlockHeaderAPI, call: Call) -> int:
    limit = min(call.gas or header.gas_limit, header.gas_limit)
    price = call.gas_price or call.max_fee or 0
    if not price:
        return limit
    balance = backend.state(header).get_balance(Address(call.sender))
    return min(limit, max(balance - call.value, 0) // price)


def _run(backend: DevChainBackend, header: BlockHeaderAPI, call: Call, gas: int) -> ComputationAPI:
    least = minimum_gas(call.data, creates=not call.to, access_list=call.access_list)
    if gas < least:
        raise refused(f"intrinsic gas too low: have {gas}, want {least}")
    # geth takes a call without a price as free, whatever the base fee of the block.
    context = header if call.names_a_price else header.copy(base_fee_per_gas=0)
    state = backend.state(context)
    sender = Address(call.sender)
    price = call.gas_price or call.max_fee or 0
    balance, cost = state.get_balance(sender), gas * price + call.value
    if balance < cost:
        raise refused(
            "insufficient funds for gas * price + value: "
            f"address {to_checksum_address(sender)} have {balance} want {cost}"
        )
    unsigned = UnsignedDynamicFeeTransaction(
        backend.chain_id,
        state.get_nonce(sender),
        min(price, call.tip or 0) if call.max_fee else price,
        price,
        gas,
        call.to,
        call.value,
        call.data,
        call.access_list,
    )
    try:
        return state.apply_transaction(SpoofTransaction(unsigned, from_=sender))  # type: ignore[arg-type]
    except ValidationError as error:
        raise refused(str(error)) from error
