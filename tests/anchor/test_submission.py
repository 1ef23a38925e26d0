"""One signature for many records, worth something for exactly these, here, by this key."""

from dataclasses import replace

import pytest

from ledger.anchor import submission as submissions
from ledger.anchor.merkle import InvalidTreeError
from ledger.anchor.submission import Submission
from ledger.chain.signers import LocalSigner
from ledger.errors import InvalidInputError
from ledger.record.eip712 import Domain
from ledger.record.eip712 import Statement
from tests.anchor import batches
from tests.anchor.batches import DOMAIN

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class CountingSigner:
    """Counts how often the key is used."""

    def __init__(self, signer: LocalSigner) -> None:
        self._signer = signer
        self.signatures = 0

    @property
    def address(self) -> str:
        return self._signer.address

    def sign(self, statement: Statement) -> bytes:
        self.signatures += 1
        return self._signer.sign(statement)


def test_one_signature_covers_however_many_records():
    signer = CountingSigner(batches.signer(1))

    signed = submissions.sign(batches.digests(0, 10_000), DOMAIN, signer)

    assert signer.signatures == 1
    assert signed.is_signed(DOMAIN)
    assert len(signed.signature) == 65


def test_the_order_of_the_records_does_not_change_what_is_signed():
    signed = batches.submission(0, 9)

    assert replace(signed, records=signed.records[::-1]).is_signed(DOMAIN)


def changed(signature: bytes, place: int) -> bytes:
    return signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]


def malleated(signature: bytes) -> bytes:
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


SIGNED = batches.submission(0, 5)


@pytest.mark.parametrize(
    ("fault", "submission", "domain"),
    [
        ("another chain", SIGNED, replace(DOMAIN, chain_id=1)),
        ("another registry", SIGNED, Domain(1337, "0x" + "11" * 20)),
        ("another contributor", replace(SIGNED, contributor=batches.signer(2).address), DOMAIN),
        ("one record more", replace(SIGNED, records=batches.digests(0, 6)), DOMAIN),
        ("one record less", replace(SIGNED, records=batches.digests(0, 4)), DOMAIN),
        ("another record", replace(SIGNED, records=batches.digests(1, 5)), DOMAIN),
        ("a bit of r", replace(SIGNED, signature=changed(SIGNED.signature, 5)), DOMAIN),
        ("a bit of s", replace(SIGNED, signature=changed(SIGNED.signature, 60)), DOMAIN),
        ("a malleable signature", replace(SIGNED, signature=malleated(SIGNED.signature)), DOMAIN),
        ("a truncated signature", replace(SIGNED, signature=SIGNED.signature[:64]), DOMAIN),
        ("no signature", replace(SIGNED, signature=b""), DOMAIN),
    ],
)
def test_a_signature_is_worth_nothing_with(fault: str, submission: Submission, domain: Domain):
    assert SIGNED.is_signed(DOMAIN)

    assert not submission.is_signed(domain), fault


def test_what_makes_no_submission_is_refused(monkeypatch: pytest.MonkeyPatch):
    signer = batches.signer(1)

    with pytest.raises(InvalidTreeError):
        submissions.sign([], DOMAIN, signer)
    with pytest.raises(InvalidTreeError, match="twice"):
        submissions.sign([*batches.digests(0, 3), batches.digest(0)], DOMAIN, signer)
    monkeypatch.setattr(submissions, "MAX_RECORDS", 3)
    with pytest.raises(InvalidInputError, match="4 records in one submission; at most 3"):
        submissions.sign(batches.digests(0, 4), DOMAIN, signer)
