"""The statements that people and validators sign, as EIP-712 typed data.

A domain names the chain and the contract that would check the signature, so a signature given for
one ledger is worth nothing on another.

Source: EIP-712; EIP-2 (low ``s``), which keeps a second signature from being made out of a first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

from eth_utils import to_checksum_address

from ledger.errors import InvalidInputError

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage

DOMAIN_NAME = "perfledger"
DOMAIN_VERSION = "1"
SIGNATURE_BYTES = 65
ADDRESS_BYTES = 20
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_RECOVERY_IDS = (27, 28)

_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Submission": (("root", "bytes32"), ("count", "uint32")),
    "Verdicts": (
        ("batchId", "bytes32"),
        ("sequence", "uint32"),
        ("verdictRoot", "bytes32"),
        ("accepted", "uint32"),
        ("rejected", "uint32"),
    ),
    "Sealed": (
        ("group", "bytes32"),
        ("bearer", "address"),
        ("root", "bytes32"),
        ("count", "uint32"),
    ),
    "Audit": (("report", "bytes32"), ("challenges", "uint32"), ("failed", "uint32")),
}


class InvalidAddressError(InvalidInputError):
    """A text is not an Ethereum address."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a signature counts.

    Attributes:
        chain_id: EIP-155 chain id.
        contract: EIP-55 address of the contract that would check the signature.
    """

    chain_id: int
    contract: str

    def as_dict(self) -> dict[str, Any]:
        """The EIP712Domain."""
        return {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """A typed message in its domain, ready to be signed or checked."""

    domain: Domain
    type_name: str
    values: Mapping[str, Any]

    def typed_data(self) -> dict[str, Any]:
        """The full message as ``eth_signTypedData_v4`` takes it."""
        return {
            "domain": self.domain.as_dict(),
            "primaryType": self.type_name,
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                self.type_name: [
                    {"name": name, "type": kind} for name, kind in _FIELDS[self.type_name]
                ],
            },
            "message": dict(self.values),
        }

    def signable(self) -> "SignableMessage":
        """The message as eth-account signs it."""
        from eth_account.messages import encode_typed_data

        from ledger import recursion

        recursion.restore()
        return encode_typed_data(full_message=self.typed_data())


class Signable(Protocol):
    """Whatever a key signs."""

    def signable(self) -> "SignableMessage":
        """The message as eth-account signs it."""


class StatementSigner(Protocol):
    """Whoever can sign a statement: a local key, a keystore, a wallet."""

    @property
    def address(self) -> str:
        """EIP-55 address of the key."""

    def sign(self, statement: Statement) -> bytes:
        """The 65-byte signature r ‖ s ‖ v."""


def submission(domain: Domain, root: bytes, count: int) -> Statement:
    """What a contributor signs: these records are mine (domain: ContributionRegistry)."""
    return Statement(domain, "Submission", {"root": root, "count": count})


def sealed(domain: Domain, *, group: bytes, bearer: str, root: bytes, count: int) -> Statement:
    """What a contributor signs of records that only a group may read.

    Nobody checks it but who opened them (domain: ContributionRegistry, which does not know it).
    """
    return Statement(
        domain, "Sealed", {"group": group, "bearer": bearer, "root": root, "count": count}
    )


def verdicts(
    domain: Domain,
    *,
    batch_id: bytes,
    sequence: int,
    verdict_root: bytes,
    accepted: int,
    rejected: int,
) -> Statement:
    """What a validator signs: this is what I found in the batch (domain: Attestations)."""
    return Statement(
        domain,
        "Verdicts",
        {
            "batchId": batch_id,
            "sequence": sequence,
            "verdictRoot": verdict_root,
            "accepted": accepted,
            "rejected": rejected,
        },
    )


def audit(domain: Domain, *, report: bytes, challenges: int, failed: int) -> Statement:
    """What an auditor of nodes signs: this is how they answered (domain: Attestations)."""
    return Statement(
        domain, "Audit", {"report": report, "challenges": challenges, "failed": failed}
    )


def recover(statement: Signable, signature: bytes) -> str | None:
    """The EIP-55 address that signed, or None where the signature is malformed or malleable."""
    if (
        len(signature) != SIGNATURE_BYTES
        or signature[64] not in _RECOVERY_IDS
        or int.from_bytes(signature[32:64], "big") > _HALF_ORDER
    ):
        return None
    # eth-account takes a quarter of a second to import, and recording a run signs nothing.
    from eth_account import Account
    from eth_keys.exceptions import BadSignature
    from eth_keys.exceptions import ValidationError

    try:
        address: str = Account.recover_message(statement.signable(), signature=signature)
    except (BadSignature, ValidationError, ValueError):
        return None
    return address


def address_of(text: str) -> str:
    """The EIP-55 form of an address.

    Raises:
        InvalidAddressError: not 20 bytes of hexadecimal, or a wrong EIP-55 checksum.
    """
    try:
        address = to_checksum_address(text)
    except ValueError as error:
        raise InvalidAddressError(
            f"not an Ethereum address: {text[:64]!r}", hint="It looks like 0x and 40 hex digits."
        ) from error
    if text not in (address, text.lower(), text.upper().replace("0X", "0x")):
        raise InvalidAddressError(
            f"the checksum of {text} is wrong", hint=f"Did you mean {address}? (EIP-55)"
        )
    return address
