"""The JSON-RPC methods that put blocks on the chain."""

from collections.abc import Mapping
from typing import Any

from eth_typing import Address
from eth_utils import ValidationError

from ledger.chain.devchain.accounts import ACCOUNT_COUNT
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.admission import check_transaction
from ledger.chain.devchain.admission import decode_transaction
from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.backend import base_fee
from ledger.chain.devchain.block_id import header_for_state
from ledger.chain.devchain.call import Call
from ledger.chain.devchain.call import parse_call
from ledger.chain.devchain.encoding import data
from ledger.chain.devchain.encoding import parse_data
from ledger.chain.devchain.encoding import parse_quantity
from ledger.chain.devchain.encoding import quantity
from ledger.chain.devchain.execution import estimate_gas
from ledger.chain.devchain.fees import SUGGESTED_TIP
from ledger.chain.devchain.methods import Method
from ledger.chain.devchain.rpc_errors import invalid_params
from ledger.chain.devchain.rpc_errors import refused


class WriteMethods:
    """Sending and mining. Every answer means: it is on disk."""

    def __init__(self, backend: DevChainBackend) -> None:
        self._backend = backend

    def by_name(self) -> Mapping[str, Method]:
        """Each method under its name."""
        return {
            "eth_accounts": self.accounts,
            "eth_sendTransaction": self.send,
            "eth_sendRawTransaction": self.send_raw,
            "evm_mine": self.mine,
            "evm_setNextBlockTimestamp": self.set_next_timestamp,
        }

    def accounts(self) -> list[str]:
        """The development accounts, which eth_sendTransaction signs for."""
        return [dev_account(index).address.lower() for index in range(ACCOUNT_COUNT)]

    def send_raw(self, raw: Any) -> str:
        """Mine a signed transaction.

        The same bytes a second time are answered "already known", so that a sender that did not
        hear the first answer can tell that it is done.
        """
        transaction = decode_transaction(self._backend, parse_data(raw, "transaction"))
        if self._backend.find_transaction(transaction.hash) is not None:
            raise refused("already known")
        header = self._backend.pending_header()
        check_transaction(transaction, header, self._backend.state(header), self._backend.chain_id)
        try:
            self._backend.mine((transaction,))
        except ValidationError as error:
            raise refused(str(error)) from error
        return data(transaction.hash)

    def send(self, call: Any) -> str:
        """Sign with a development account and mine; what is left open is filled in."""
        parsed = parse_call(call)
        signer = next(
            (
                dev_account(index)
                for index, address in enumerate(self.accounts())
                if address == data(parsed.sender)
            ),
            None,
        )
        if signer is None:
            raise refused("unknown account")
        signed = signer.sign_transaction(self._fill(parsed))
        return self.send_raw(data(bytes(signed.raw_transaction)))

    def mine(self, options: Any = None) -> str:
        """Mine an empty block, at a time (seconds since the epoch) if one is given."""
        if options is not None:
            self.set_next_timestamp(
                options.get("timestamp") if isinstance(options, dict) else options
            )
        self._backend.mine()
        return quantity(0)

    def set_next_timestamp(self, timestamp: Any) -> str:
        """Stamp the next block so: how a trial passes the delay that a contract asks for."""
        seconds = (
            timestamp if isinstance(timestamp, int) else parse_quantity(timestamp, "timestamp")
        )
        try:
            self._backend.set_next_timestamp(seconds)
        except ValueError as error:
            raise invalid_params(f"invalid timestamp: {error}") from error
        return quantity(seconds)

    def _fill(self, call: Call) -> dict[str, Any]:
        head = header_for_state(self._backend, None)
        state = self._backend.state(head)
        nonce = state.get_nonce(Address(call.sender)) if call.nonce is None else call.nonce
        fields: dict[str, Any] = {
            "chainId": self._backend.chain_id if call.chain_id is None else call.chain_id,
            "nonce": nonce,
            "gas": call.gas or estimate_gas(self._backend, head, call.without_price()),
            "value": call.value,
            "data": call.data,
        }
        if call.to:
            fields["to"] = call.to
        if call.access_list:
            fields["accessList"] = [
                {"address": data(address), "storageKeys": [hex(slot) for slot in slots]}
                for address, slots in call.access_list
            ]
        return fields | self._fees(call)

    def _fees(self, call: Call) -> dict[str, int]:
        if call.gas_price is not None:
            return {"gasPrice": call.gas_price}
        next_base_fee = base_fee(self._backend.pending_header())
        tip = SUGGESTED_TIP if call.tip is None else call.tip
        if call.tip is None and call.max_fee is not None:
            tip = min(tip, call.max_fee)
        # Twice the base fee still suffices after it has risen in six full blocks.
        max_fee = tip + 2 * next_base_fee if call.max_fee is None else call.max_fee
        return {"maxPriorityFeePerGas": tip, "maxFeePerGas": max_fee}
