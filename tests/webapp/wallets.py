"""A browser wallet of the tests' own: a throw-away key behind EIP-1193."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from web3 import Web3

SCRIPT = Path(__file__).with_name("wallet.js")

REFUSED = {"code": 4001, "message": "User rejected the request."}
UNKNOWN_CHAIN = {"code": 4902, "message": "Unrecognized chain ID."}


class RefusalError(Exception):
    """What the wallet answers instead of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = {"code": code, "message": message}


class BrowserWallet:
    """What a person's wallet would do, and how it can be in the way.

    Attributes:
        account: whose key it holds.
        chain_id: the network it is on.
        networks: those it knows.
        locked: whether it gives no account.
        refusals: errors that it answers the next calls of a method with.
        asked: the methods it was asked for, in order.
        signed: the typed data it has signed, as a person would have been shown it.
        w3: how it reaches its network, for transactions.
    """

    def __init__(self, chain_id: int, *, w3: Web3 | None = None) -> None:
        self.account: LocalAccount = Account.create()
        self.chain_id = chain_id
        self.networks = {chain_id}
        self.locked = False
        self.refusals: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.signed: list[dict[str, Any]] = []
        self.w3 = w3

    def install(self, context: Any, *, announced: bool = True) -> None:
        """Into every page of a browser's context.

        Args:
            context: playwright's.
            announced: by EIP-6963; otherwise it is `window.ethereum` only.
        """
        context.expose_function("askTestWallet", self.answer)
        old = "" if announced else "window.testWalletIsOld = true;"
        context.add_init_script(old + SCRIPT.read_text())

    def tell(self, page: Any, event: str, value: Any) -> None:
        page.evaluate("([name, value]) => window.emitFromTestWallet(name, value)", [event, value])

    def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        self.asked.append(method)
        if self.refusals.get(method):
            return {"error": self.refusals[method].pop(0)}
        try:
            return {"result": self._result(method, params)}
        except RefusalError as refusal:
            return {"error": refusal.answer}

    def _result(self, method: str, params: list[Any]) -> Any:
        answers: dict[str, Callable[..., Any]] = {
            "eth_requestAccounts": self._accounts,
            "eth_accounts": self._accounts,
            "eth_chainId": lambda: hex(self.chain_id),
            "wallet_switchEthereumChain": lambda chain: self._go_to(int(chain["chainId"], 16)),
            "wallet_addEthereumChain": self._add,
            "eth_signTypedData_v4": self._sign_typed,
            "personal_sign": self._sign_text,
            "eth_sendTransaction": self._send,
        }
        if method not in answers:
            raise RefusalError(-32601, f"the method {method} does not exist")
        return answers[method](*params)

    def _accounts(self) -> list[str]:
        return [] if self.locked else [self.account.address.lower()]

    def _add(self, chain: dict[str, Any]) -> None:
        self.networks.add(int(chain["chainId"], 16))
        self._go_to(int(chain["chainId"], 16))

    def _sign_text(self, text: str, address: str) -> str:
        self._require_own(address)
        message = encode_defunct(hexstr=text)
        return str(self.account.sign_message(message).signature.to_0x_hex())

    def _go_to(self, chain_id: int) -> None:
        if chain_id not in self.networks:
            raise RefusalError(**UNKNOWN_CHAIN)
        self.chain_id = chain_id

    def _sign_typed(self, address: str, text: str) -> str:
        """Wallets refuse a domain of another network than the one they are on."""
        self._require_own(address)
        shown = json.loads(text)
        if shown["domain"]["chainId"] != self.chain_id:
            raise RefusalError(-32603, "chainId should be same as current chainId")
        self.signed.append(shown)
        message = encode_typed_data(full_message=shown)
        return str(self.account.sign_message(message).signature.to_0x_hex())

    def _send(self, asked: dict[str, Any]) -> str:
        assert self.w3 is not None
        self._require_own(asked["from"])
        transaction: dict[str, Any] = {
            "to": Web3.to_checksum_address(asked["to"]),
            "data": asked["data"],
            "value": 0,
            "chainId": self.chain_id,
            "nonce": self.w3.eth.get_transaction_count(self.account.address),
            "maxFeePerGas": 3 * 10**9,
            "maxPriorityFeePerGas": 10**9,
        }
        if int(asked.get("chainId", hex(self.chain_id)), 16) != self.chain_id:
            raise RefusalError(-32602, "The chain id is not that of the current network.")
        call = {"from": self.account.address, "to": transaction["to"], "data": asked["data"]}
        gas = asked.get("gas")
        transaction["gas"] = int(gas, 16) if gas else self.w3.eth.estimate_gas(call)
        signed = self.account.sign_transaction(transaction)
        return self.w3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex()

    def _require_own(self, address: str) -> None:
        if self.locked or address.lower() != self.account.address.lower():
            raise RefusalError(4100, "The requested account has not been authorized by the user.")
