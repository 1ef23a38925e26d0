"""Signatures that were made elsewhere: in a wallet, by a key this node has never seen."""

from collections.abc import Sequence

from ledger.anchor.submission import Submission
from ledger.anchor.submission import tree_of
from ledger.errors import InvalidInputError
from ledger.record import eip712
from ledger.record.cid import Digest

_COMPACT_BYTES = 64
_PARITIES = (0, 1)
_FIRST_RECOVERY_ID = 27


class WrongSignatureError(InvalidInputError):
    """A signature is not the contributor's over these records, on this ledger."""

    def __init__(self, contributor: str, found: str | None) -> None:
        by = f"; over these records it would be {found}'s" if found else ""
        super().__init__(
            f"this is not a signature by {contributor} of these records for this ledger{by}",
            hint="Nothing was contributed. Choose in the wallet the account that contributes, on "
            "the ledger's network, have the records listed again, and sign again.",
        )


class ContractWalletError(InvalidInputError):
    """A contract, not a key, would have to say whether a signature is good."""

    def __init__(self, contributor: str) -> None:
        super().__init__(
            f"{contributor} is a contract: what it calls a signature (ERC-1271) only a call to it "
            "can check, and only as it is at that moment",
            hint="Proofs of this ledger hold without asking a contract. Sign with an account that "
            "has a key of its own, e.g. one of the wallet's owners.",
        )


def plain(signature: bytes) -> bytes:
    """A signature as r ‖ s ‖ v with v 27 or 28, which wallets write in three ways.

    What is none comes back as it is. Source: EIP-2098 (compact), and hardware wallets that give
    the parity of y, as in EIP-155 transactions.
    """
    if len(signature) == _COMPACT_BYTES:
        parity, low = divmod(signature[32], 0x80)
        return signature[:32] + bytes([low]) + signature[33:] + bytes([_FIRST_RECOVERY_ID + parity])
    if len(signature) == eip712.SIGNATURE_BYTES and signature[-1] in _PARITIES:
        return signature[:-1] + bytes([_FIRST_RECOVERY_ID + signature[-1]])
    return signature


def signed_elsewhere(
    records: Sequence[Digest], domain: eip712.Domain, contributor: str, signature: bytes
) -> Submission:
    """The submission that a contributor's wallet has signed.

    Args:
        records: digests, in any order.
        domain: the ledger's, see `ledger.chain.deployment.Deployment.submission_domain`.
        contributor: EIP-55 address.
        signature: over the EIP-712 ``Submission(root, count)``.

    Raises:
        InvalidInputError: no records, too many, or one given twice.
        WrongSignatureError: it is not the contributor's.
    """
    submission = Submission(contributor, tuple(records), plain(signature))
    submission.__dict__["tree"] = tree = tree_of(records)  # where cached_property keeps it
    statement = eip712.submission(domain, tree.root, submission.count)
    found = eip712.recover(statement, submission.signature)
    if found != contributor:
        raise WrongSignatureError(contributor, found)
    return submission
