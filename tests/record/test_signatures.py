"""What a signature is worth: one statement, one domain, one key, one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.record import eip712
from ledger.record.eip712 import Domain
from ledger.record.eip712 import InvalidAddressError
from ledger.record.eip712 import Statement

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DOMAIN = Domain(1337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
SIGNER = LocalSigner(dev_account(1))


def statement(domain: Domain = DOMAIN, root: bytes = b"\x01" * 32, count: int = 3) -> Statement:
    return eip712.submission(domain, root, count)


SIGNATURE = SIGNER.sign(statement())


def test_the_signer_of_a_statement_is_recovered():
    assert eip712.recover(statement(), SIGNATURE) == SIGNER.address


@pytest.mark.parametrize(
    "other",
    [
        statement(Domain(1, DOMAIN.contract)),
        statement(Domain(1337, "0x" + "11" * 20)),
        statement(root=b"\x02" * 32),
        statement(count=4),
        eip712.verdicts(
            DOMAIN,
            batch_id=b"\x01" * 32,
            sequence=3,
            verdict_root=bytes(32),
            accepted=0,
            rejected=0,
        ),
    ],
    ids=["chain", "contract", "root", "count", "type"],
)
def test_a_signature_is_worth_nothing_for_another_statement(other: Statement):
    assert eip712.recover(other, SIGNATURE) != SIGNER.address


def test_the_second_signature_that_anyone_can_make_out_of_a_first_is_refused():
    r, s, v = SIGNATURE[:32], int.from_bytes(SIGNATURE[32:64], "big"), SIGNATURE[64]
    twin = r + (ORDER - s).to_bytes(32, "big") + bytes([27 + 28 - v])

    assert eip712.recover(statement(), twin) is None


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        SIGNATURE[:-1],
        SIGNATURE + b"\x00",
        SIGNATURE[:64] + b"\x00",
        SIGNATURE[:64] + b"\x1d",
        bytes(64) + b"\x1b",
        b"\xff" * 32 + SIGNATURE[32:],
    ],
    ids=["empty", "truncated", "longer", "v=0", "v=29", "zero", "r too large"],
)
def test_a_malformed_signature_is_nobodys(malformed: bytes):
    assert eip712.recover(statement(), malformed) is None


@given(st.binary(min_size=65, max_size=65) | st.binary(max_size=80))
def test_any_bytes_are_a_strangers_signature_at_most(signature: bytes):
    assert eip712.recover(statement(), signature) != SIGNER.address


def test_an_address_is_taken_in_its_three_usual_forms():
    address = SIGNER.address

    for text in (address, address.lower(), "0x" + address[2:].upper()):
        assert eip712.address_of(text) == address


@pytest.mark.parametrize("text", ["", "0x", "0x" + "1" * 39, "0x" + "g" * 40, "vitalik.eth"])
def test_what_is_no_address_is_refused(text: str):
    with pytest.raises(InvalidAddressError, match="not an Ethereum address"):
        eip712.address_of(text)


def test_an_address_with_a_typing_error_is_refused():
    with pytest.raises(InvalidAddressError, match="checksum") as caught:
        eip712.address_of(SIGNER.address.swapcase().replace("0X", "0x"))

    assert SIGNER.address in caught.value.hint
