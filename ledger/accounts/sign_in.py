"""The message by which a wallet shows whose it is.

The node writes the message and keeps it; a wallet signs exactly that. So there is nothing to parse,
and nothing in it that the node has not chosen.

Source: ERC-4361, Sign-In with Ethereum; ERC-191 for how text is signed.
"""

from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.anchor.signatures import plain
from ledger.record import eip712

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage

STATEMENT = "Sign in to perfledger. This costs nothing and sends no transaction."


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """What a wallet shows its owner, and signs.

    Attributes:
        domain: host and port of who asks (RFC 3986 authority); wallets compare it with the page's.
        account: EIP-55 address.
        uri: the page that asks.
        chain_id: EIP-155 chain id of the ledger.
        nonce: at least 8 letters or digits, used once.
        issued_at: when it was written.
        expires_at: from when on it is worth nothing.
    """

    domain: str
    account: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime

    @property
    def text(self) -> str:
        """The message as ERC-4361 writes it."""
        return (
            f"{self.domain} wants you to sign in with your Ethereum account:\n"
            f"{self.account}\n"
            "\n"
            f"{STATEMENT}\n"
            "\n"
            f"URI: {self.uri}\n"
            "Version: 1\n"
            f"Chain ID: {self.chain_id}\n"
            f"Nonce: {self.nonce}\n"
            f"Issued At: {_rfc3339(self.issued_at)}\n"
            f"Expiration Time: {_rfc3339(self.expires_at)}"
        )


@dataclass(frozen=True, slots=True)
class SignedText:
    """A text as wallets sign it (``personal_sign``)."""

    text: str

    def signable(self) -> "SignableMessage":
        """The message as eth-account signs it."""
        from eth_account.messages import encode_defunct

        return encode_defunct(text=self.text)


def signer_of(text: str, signature: bytes) -> str | None:
    """The EIP-55 address whose wallet signed a text; None where the signature is none."""
    return eip712.recover(SignedText(text), plain(signature))


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
