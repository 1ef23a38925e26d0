"""Signatures of records for a group that were made elsewhere: by a key this home has never seen."""

from dataclasses import dataclass

from ledger.anchor.signatures import WrongSignatureError
from ledger.anchor.signatures import plain
from ledger.record import eip712


@dataclass(frozen=True, slots=True)
class SignedElsewhere:
    """A signer that has signed one statement already, and signs no other.

    Attributes:
        address: EIP-55 address of the key.
        signature: as the wallet wrote it.
    """

    address: str
    signature: bytes

    def sign(self, statement: eip712.Statement) -> bytes:
        """The signature.

        Raises:
            WrongSignatureError: it is not this account's, or over another statement.
        """
        signature = plain(self.signature)
        found = eip712.recover(statement, signature)
        if found != self.address:
            raise WrongSignatureError(self.address, found)
        return signature
