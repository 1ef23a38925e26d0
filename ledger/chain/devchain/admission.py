"""Which transactions are mined: geth's rules for its pool, checked before anything runs.

Every transaction is mined at once, so there is no queue: a nonce with a gap before it is refused
(geth would keep it waiting).
"""

from eth.abc import BlockHeaderAPI
from eth.abc import SignedTransactionAPI
from eth.abc import StateAPI
from eth.exceptions import UnrecognizedTransactionType
from eth_keys.exceptions import BadSignature
from eth_keys.exceptions import ValidationError as KeyValidationError
from eth_utils import ValidationError
from eth_utils import to_checksum_address
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.backend import base_fee
from ledger.chain.devchain.execution import minimum_gas
from ledger.chain.devchain.genesis import BLOCK_GAS_LIMIT
from ledger.chain.devchain.objects import ACCESS_LIST
from ledger.chain.devchain.objects import DYNAMIC_FEE
from ledger.chain.devchain.objects import LEGACY
from ledger.chain.devchain.objects import SET_CODE
from ledger.chain.devchain.rpc_errors import refused

MAX_TRANSACTION_BYTES = 128 * 1024
"""geth's limit for the size of an encoded transaction."""

_MAX_INITCODE_BYTES = 49_152
_SUPPORTED = frozenset({LEGACY, ACCESS_LIST, DYNAMIC_FEE, SET_CODE})
_FIRST_LEGACY_BYTE = 0xC0


def decode_transaction(backend: DevChainBackend, raw: bytes) -> SignedTransactionAPI:
    """The signed transaction in EIP-2718 bytes.

    Raises:
        RpcError: the bytes are none, too many, of a type that is not mined here, or badly signed.
    """
    if not raw:
        raise refused("typed transaction too short")
    if len(raw) > MAX_TRANSACTION_BYTES:
        raise refused(f"oversized data: transaction size {len(raw)}, limit {MAX_TRANSACTION_BYTES}")
    if raw[0] < _FIRST_LEGACY_BYTE and raw[0] not in _SUPPORTED - {LEGACY}:
        raise refused("transaction type not supported")
    try:
        transaction = backend.decode_transaction(raw)
        transaction.validate()
        _ = transaction.sender
    except (RLPException, UnrecognizedTransactionType, TypeError, ValueError) as error:
        raise refused(f"rlp: {error}") from error
    except (BadSignature, KeyValidationError, ValidationError) as error:
        raise refused(f"invalid sender: {error}") from error
    return transaction


def check_transaction(
    transaction: SignedTransactionAPI, header: BlockHeaderAPI, state: StateAPI, chain_id: int
) -> None:
    """Refuse what the next block, beginning with `header` on `state`, could not hold.

    Raises:
        RpcError: with geth's message for the first rule that is broken.
    """
    _check_chain_id(transaction, chain_id)
    _check_gas(transaction)
    _check_fees(transaction, header)
    _check_nonce(transaction, state)
    _check_funds(transaction, state)


def _check_chain_id(transaction: SignedTransactionAPI, chain_id: int) -> None:
    if transaction.chain_id is None:
        raise refused("only replay-protected (EIP-155) transactions allowed over RPC")
    if transaction.chain_id != chain_id:
        raise refused(f"invalid chain id for signer: have {transaction.chain_id} want {chain_id}")


def _check_gas(transaction: SignedTransactionAPI) -> None:
    if transaction.gas > BLOCK_GAS_LIMIT:
        raise refused("exceeds block gas limit")
    if not transaction.to and len(transaction.data) > _MAX_INITCODE_BYTES:
        raise refused(
            "max initcode size exceeded: "
            f"code size {len(transaction.data)}, limit {_MAX_INITCODE_BYTES}"
        )
    known = minimum_gas(
        transaction.data, creates=not transaction.to, access_list=transaction.access_list
    )
    # py-evm's own figure adds what EIP-7702 asks per authorization.
    least = max(known, transaction.intrinsic_gas)
    if transaction.gas < least:
        raise refused(f"intrinsic gas too low: have {transaction.gas}, want {least}")


def _check_fees(transaction: SignedTransactionAPI, header: BlockHeaderAPI) -> None:
    max_fee = transaction.max_fee_per_gas
    if transaction.max_priority_fee_per_gas > max_fee:
        raise refused(
            "max priority fee per gas higher than max fee per gas: "
            f"address {_address(transaction)}, "
            f"maxPriorityFeePerGas: {transaction.max_priority_fee_per_gas}, maxFeePerGas: {max_fee}"
        )
    if max_fee < base_fee(header):
        raise refused(
            "max fee per gas less than block base fee: "
            f"address {_address(transaction)}, "
            f"maxFeePerGas: {max_fee}, baseFee: {base_fee(header)}"
        )


def _check_nonce(transaction: SignedTransactionAPI, state: StateAPI) -> None:
    expected = state.get_nonce(transaction.sender)
    if transaction.nonce < expected:
        raise refused(f"nonce too low: next nonce {expected}, tx nonce {transaction.nonce}")
    if transaction.nonce > expected:
        raise refused(
            f"nonce too high: address {_address(transaction)}, "
            f"tx: {transaction.nonce} state: {expected}"
        )


def _check_funds(transaction: SignedTransactionAPI, state: StateAPI) -> None:
    cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
    balance = state.get_balance(transaction.sender)
    if balance < cost:
        raise refused(
            "insufficient funds for gas * price + value: "
            f"balance {balance}, tx cost {cost}, overshot {cost - balance}"
        )


def _address(transaction: SignedTransactionAPI) -> str:
    return to_checksum_address(transaction.sender)
