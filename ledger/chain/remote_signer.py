"""A signer in another process, reached by JSON-RPC: clef, Web3signer, a node with unlocked keys.

What it returns is not trusted: a signature has to be the account's, over what was asked for.
"""

from typing import Any

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_keys.exceptions import BadSignature
from eth_keys.exceptions import ValidationError
from eth_utils import to_hex
from hexbytes import HexBytes
from rlp.exceptions import RLPException  # type: ignore[import-untyped]
from web3.types import RPCEndpoint

from ledger.chain.endpoint import Endpoint
from ledger.chain.endpoint import without_credentials
from ledger.errors import UnavailableError
from ledger.record.eip712 import Statement
from ledger.record.eip712 import address_of
from ledger.record.eip712 import recover

CONFIRMATION_SECONDS = 300
"""A person may have to confirm it."""

_METHOD_NOT_FOUND = -32601

_SIGN_STATEMENT = ("eth_signTypedData_v4", "eth_signTypedData", "account_signTypedData")
_SIGN_TRANSACTION = ("eth_signTransaction", "account_signTransaction")
"""The names that nodes and wallets use, then clef's."""

_MALFORMED = (ValueError, TypeError, RLPException, BadSignature, ValidationError)
"""What decoding a transaction, and recovering who signed it, raise."""

_CHECKED = (
    "chainId",
    "nonce",
    "to",
    "value",
    "data",
    "gas",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
)


class RemoteSignerError(UnavailableError):
    """The signer refuses, or does not sign what it was asked to."""


class RemoteSigner:
    """One account of a signer elsewhere.

    Args:
        url: where it is reached.
        address: the account.
    """

    def __init__(self, url: str, address: str) -> None:
        self._provider = Endpoint(
            url, seconds=CONFIRMATION_SECONDS, what="the signer", program="it"
        )
        self._where = without_credentials(url)
        self._address = address_of(address)

    def __repr__(self) -> str:
        """Without the credentials that the URL may hold."""
        return f"RemoteSigner({self._where}, {self._address})"

    @property
    def address(self) -> str:
        """EIP-55 address of the account."""
        return self._address

    def sign(self, statement: Statement) -> bytes:
        """The 65-byte EIP-712 signature r ‖ s ‖ v of a statement.

        Raises:
            UnavailableError: the signer does not answer.
            RemoteSignerError: it refuses, or the signature is not the account's.
        """
        answer = self._ask(_SIGN_STATEMENT, [self._address, _as_json(statement.typed_data())])
        signature = _bytes_of(answer)
        if recover(statement, signature) != self._address:
            raise self._wrong("a signature that is not the account's")
        return signature

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed transaction in the form the network takes (EIP-2718).

        Raises:
            UnavailableError: the signer does not answer.
            RemoteSignerError: it refuses, or signs another transaction than it was asked to.
        """
        asked = {"from": self._address, **transaction}
        answer = self._ask(_SIGN_TRANSACTION, [_as_quantities(asked)])
        raw = _bytes_of(answer.get("raw") if isinstance(answer, dict) else answer)
        try:
            signed = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
            signed_by = Account.recover_transaction(raw)
        except _MALFORMED as error:
            raise self._wrong("what is no transaction") from error
        if signed_by != self._address or any(
            _plain(signed.get(name)) != _plain(asked.get(name)) for name in _CHECKED
        ):
            raise self._wrong("another transaction than it was asked to")
        return raw

    def _ask(self, methods: tuple[str, ...], params: list[Any]) -> Any:
        for method in methods:
            answer = self._provider.make_request(RPCEndpoint(method), params)
            error = answer.get("error")
            if error is None:
                return answer.get("result")
            if not isinstance(error, dict) or error.get("code") != _METHOD_NOT_FOUND:
                message = error.get("message") if isinstance(error, dict) else error
                raise RemoteSignerError(
                    f"the signer at {self._where} refuses: {message}",
                    hint=f"Does it hold the key of {self._address}, and was the request allowed?",
                )
        raise RemoteSignerError(
            f"the signer at {self._where} knows none of {', '.join(methods)}",
            hint="Use clef, Web3signer, or another signer with these JSON-RPC methods.",
        )

    def _wrong(self, what: str) -> RemoteSignerError:
        return RemoteSignerError(
            f"the signer at {self._where} answers with {what}",
            hint="It was not used. Look at that signer before you trust it again.",
        )


def _bytes_of(answer: Any) -> bytes:
    try:
        return bytes(HexBytes(answer)) if isinstance(answer, str) else b""
    except ValueError:
        return b""


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return to_hex(value)
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    return value


def _as_quantities(transaction: dict[str, Any]) -> dict[str, Any]:
    """Numbers in hexadecimal, as JSON-RPC has them."""
    return {
        name: hex(value) if isinstance(value, int) else _as_json(value)
        for name, value in transaction.items()
        if name != "type"
    }


def _plain(value: Any) -> Any:
    """A field of a transaction, however it is written."""
    if value is None:
        return b""
    return int(value) if isinstance(value, int) else bytes(HexBytes(value))
