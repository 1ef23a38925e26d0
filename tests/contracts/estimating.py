"""How much gas eth-tester is to say a transaction takes.

py-evm searches between the least gas there is and a whole block's, which executes each transaction
of a test a dozen times. Here it is executed with a block's gas, and once more with little above
what that took: what estimates are for, that it goes through with this much, is seen all the same.
"""

from eth.abc import ComputationAPI
from eth.abc import SignedTransactionAPI
from eth.abc import StateAPI
from eth.estimators.gas import binary_gas_search_intrinsic_tolerance
from eth.vm.spoof import SpoofTransaction
from eth_tester import EthereumTester

_CALL_STIPEND = 2_300


def estimate_quickly(tester: EthereumTester) -> None:
    """Have a chain estimate so, also after its snapshots are returned to."""
    chain = tester.backend.chain
    chain.gas_estimator = _estimated
    type(chain).gas_estimator = staticmethod(_estimated)


def _estimated(state: StateAPI, transaction: SignedTransactionAPI) -> int:
    """A gas limit with which the transaction goes through.

    Raises:
        VMError: it fails with all the gas of a block.
    """
    most = state.gas_limit
    computation = _executed(state, transaction, most)
    computation.raise_if_error()
    # A callee gets 63/64 of what is left (EIP-150), and refunds come after the end.
    guess = (most - computation.get_gas_remaining() + _CALL_STIPEND) * 64 // 63
    if guess < most and _executed(state, transaction, guess).is_success:
        return guess
    return int(binary_gas_search_intrinsic_tolerance(state, transaction))


def _executed(state: StateAPI, transaction: SignedTransactionAPI, gas: int) -> ComputationAPI:
    """What comes of it; the state is as before."""
    snapshot = state.snapshot()
    try:
        return state.apply_transaction(SpoofTransaction(transaction, gas=gas, gas_price=0))
    finally:
        state.revert(snapshot)
