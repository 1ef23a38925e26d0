"""Only members open what is sealed, and what they find was signed for just this."""

from collections.abc import Sequence

import pyrage
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from pyrage.x25519 import Identity
from pyrage.x25519 import Recipient

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.groups import sealing
from ledger.groups.card import Group
from ledger.groups.card import Member
from ledger.groups.opening import BadContentError
from ledger.groups.opening import NotForUsError
from ledger.groups.opening import Opened
from ledger.groups.opening import open_
from ledger.groups.padding import SIZES
from ledger.groups.padding import TooLargeToSealError
from ledger.groups.padding import padded
from ledger.groups.padding import unpadded
from ledger.groups.sealing import seal
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.cid import digest_of
from ledger.record.dagcbor import MalformedBlockError
from ledger.record.eip712 import Domain
from ledger.record.envelope import MAX_ENVELOPE_BYTES
from ledger.record.envelope import MalformedEnvelopeError
from ledger.record.envelope import is_envelope
from ledger.record.envelope import unwrap
from ledger.record.envelope import wrap
from ledger.record.schema import Record
from tests.conftest import executions
from tests.record.strategies import records

DOMAIN = Domain(1337, dev_account(0).address)
ANNA, BEN, EVE = (Identity.generate() for _ in range(3))
CONTRIBUTOR = LocalSigner(dev_account(1))
BEARER = dev_account(2).address


def group_of(*members: Identity, extra: Sequence[str] = ()) -> Group:
    recipients = [*(str(member.to_public()) for member in members), *extra]
    return Group(
        name="team",
        id="0x" + "5a" * 32,
        members=tuple(Member(recipient=each) for each in recipients),
    )


TEAM = group_of(ANNA, BEN)


def sealed(*given: Record, group: Group = TEAM, bearer: str = BEARER) -> list[bytes]:
    blocks = [codec.encode(record) for record in given]
    found = seal(blocks, group, domain=DOMAIN, contributor=CONTRIBUTOR, bearer=bearer)
    return [block for _, block in found]


@settings(max_examples=20)
@given(given=st.lists(records, min_size=1, max_size=4, unique_by=codec.cid_of))
def test_every_member_finds_the_record_that_was_sealed_and_who_signed_it(given: list[Record]):
    for record, block in zip(given, sealed(*given), strict=True):
        assert is_envelope(block)
        for member in (ANNA, BEN):
            opened = open_(block, [EVE, member], DOMAIN)
            assert opened == Opened(TEAM.id, CONTRIBUTOR.address, BEARER, codec.encode(record))
            assert opened.digest == digest_of(codec.encode(record))
            assert codec.encode(opened.record) == codec.encode(record)


def test_others_find_nothing():
    (block,) = sealed(executions()[0])

    for identities in ([EVE], []):
        with pytest.raises(NotForUsError, match="sealed for others"):
            open_(block, identities, DOMAIN)


def test_what_outsiders_hold_says_nothing_of_the_record_the_group_or_who_signed():
    record = executions()[0]
    (block,) = sealed(record)
    secrets = [b"sort", b"m4.2xlarge", b"spark", TEAM.id.encode(), bytes.fromhex(TEAM.id[2:])]
    secrets += [
        CONTRIBUTOR.address.encode(),
        BEARER.encode(),
        b"team",
        codec.cid_of(record).encode(),
    ]
    secrets += [recipient.encode() for recipient in TEAM.recipients]

    assert [secret for secret in secrets if secret in block] == []


def test_the_same_record_is_never_the_same_envelope():
    first, second = (sealed(executions()[0])[0] for _ in range(2))

    assert first != second


@settings(max_examples=60)
@given(place=st.integers(0), change=st.integers(1, 255))
def test_no_byte_of_the_file_can_be_changed(place: int, change: int):
    """Whoever changes one has an envelope that nobody can open, never another record."""
    (block,) = SEALED_ONCE
    file = bytearray(unwrap(block))
    file[place % len(file)] ^= change

    with pytest.raises((NotForUsError, MalformedEnvelopeError)):
        open_(_wrapped(bytes(file)), [ANNA], DOMAIN)


def _wrapped(file: bytes) -> bytes:
    return dagcbor.encode({"kind": "perfledger/envelope", "version": 1, "age": file})


def test_a_signature_for_another_ledger_does_not_count():
    (block,) = sealed(executions()[0])

    with pytest.raises(BadContentError, match="not signed by the contributor"):
        open_(block, [ANNA], Domain(1, DOMAIN.contract))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contributor", dev_account(3).address),
        ("bearer", dev_account(3).address),
        ("group", "0x" + "00" * 32),
        ("count", 2),
        ("record", executions()[1].model_dump(mode="json")),
    ],
)
def test_a_member_cannot_seal_again_what_another_signed_and_change_it(name: str, value: object):
    """Who could open it holds the signature; it is worth nothing for anything else."""
    (block,) = sealed(executions()[0])
    content = dagcbor.decode(unpadded(pyrage.decrypt(unwrap(block), [ANNA])))
    if name == "record":
        value = dagcbor.decode(codec.encode(executions()[1]))
    changed = padded(dagcbor.encode({**content, name: value}))
    forged = wrap(pyrage.encrypt(changed, [BEN.to_public()]))

    with pytest.raises(BadContentError, match="signed"):
        open_(forged, [BEN], DOMAIN)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain text",
        padded(b""),
        padded(dagcbor.encode({"kind": "perfledger/sealed", "version": 1})),
        padded(dagcbor.encode([])) + b"\0",
    ],
)
def test_what_is_no_record_is_refused_though_it_was_sealed_for_us(content: bytes):
    block = wrap(pyrage.encrypt(content, [ANNA.to_public()]))

    with pytest.raises(MalformedBlockError):
        open_(block, [ANNA], DOMAIN)


@given(st.binary(max_size=20_000))
def test_filling_up_is_undone_and_leaves_few_sizes(content: bytes):
    filled = padded(content)

    assert unpadded(filled) == content
    assert len(filled) in SIZES


@given(st.binary(max_size=200))
def test_what_was_not_filled_up_is_refused(content: bytes):
    with pytest.raises(MalformedBlockError):
        unpadded(content)


def test_sizes_tell_neither_the_record_nor_how_many_members_there_are():
    others = [str(Identity.generate().to_public()) for _ in range(5)]
    small, larger = (
        executions()[0],
        executions()[1].model_copy(update={"configuration": {"spark.extra": "x" * 900}}),
    )
    groups = [group_of(ANNA), TEAM, group_of(ANNA, extra=others)]

    found = [sealed(record, group=group)[0] for record in (small, larger) for group in groups]

    stanzas = {unwrap(block).split(b"\n---")[0].count(b"\n-> X25519 ") for block in found}
    assert stanzas == {8}
    assert max(map(len, found)) - min(map(len, found)) < 300  # age adds a random stanza of its own


def test_the_largest_record_for_the_largest_group_fits_into_a_block():
    plain = executions()[0].model_dump(mode="json")
    bare = len(codec.encode(codec.from_python(plain)))
    entries = (sealing.MAX_BYTES - bare - 32) // 4_096
    plain["configuration"] = {f"spark.{place:02}": "x" * 4_080 for place in range(entries)}
    record = codec.from_python(plain)
    assert len(codec.encode(record)) > sealing.MAX_BYTES - 2 * 4_096
    many = [str(Identity.generate().to_public()) for _ in range(127)]

    (block,) = sealed(record, group=group_of(ANNA, extra=many))

    assert len(block) <= MAX_ENVELOPE_BYTES
    assert open_(block, [ANNA], DOMAIN).record == record
    with pytest.raises(TooLargeToSealError):
        padded(bytes(SIZES[-1]))


@given(records)
def test_no_record_is_an_envelope(record: Record):
    assert not is_envelope(codec.encode(record))


def test_a_record_that_speaks_of_envelopes_is_none():
    plain = executions()[0].model_dump(mode="json")
    plain["job"]["name"] = "dkindsperfledger/envelope"
    plain["job"]["parameters"] = {"kind": "perfledger/envelope"}

    assert not is_envelope(codec.encode(codec.from_python(plain)))


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "perfledger/envelope", "version": 2, "age": "later"},
        {"kind": "perfledger/envelope", "version": 1},
        {"kind": "perfledger/envelope", "version": 1, "age": "text"},
        {"kind": "perfledger/envelope", "version": 1, "age": b"x" * 60},
        {"kind": "perfledger/envelope", "version": 1, "age": b"age-encryption.org/v1\n", "more": 1},
    ],
)
def test_an_envelope_of_another_shape_says_what_it_is_and_is_refused(value: dict[str, object]):
    block = dagcbor.encode(value)

    assert is_envelope(block)
    with pytest.raises(MalformedEnvelopeError):
        unwrap(block)


def test_nobody_is_made_to_try_thousands_of_entries():
    many = b"".join(b"-> X25519 x\n" for _ in range(161))

    with pytest.raises(MalformedEnvelopeError, match="more than it may be"):
        unwrap(_wrapped(b"age-encryption.org/v1\n" + many + b"--- end\n"))


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (b"-> x y\n" + b"A" * 64 * 1024, "does not end within 16,384 bytes"),
        (b"-> x " + b"y" * 200 * 1024, "does not end within 16,384 bytes"),
        (b"-> x y\n" * 3_000, "does not end within 16,384 bytes"),
        (b"-> x y\n" + b"A" * 2 * 1024, "entry .* more than 1,024 bytes"),
        (b"-> x" + b" y" * 1024, "entry .* more than 1,024 bytes"),
    ],
)
@pytest.mark.parametrize("ended", [True, False])
def test_nobody_is_made_to_read_a_header_that_is_long_for_its_own_sake(
    header: bytes, problem: str, ended: bool
):
    """The time that it takes grows with the square of the size, and strangers can anchor it."""
    file = b"age-encryption.org/v1\n" + header + (b"\n--- end\n" if ended else b"")

    with pytest.raises(MalformedEnvelopeError, match=problem if ended else "does not end"):
        open_(_wrapped(file), [ANNA], DOMAIN)
    with pytest.raises(MalformedEnvelopeError):
        wrap(file)


def test_recipients_of_age_itself_can_be_members():
    """The identity is one that `age-keygen` writes; the file is one that `age -d` opens."""
    assert Recipient.from_str(TEAM.recipients[0])
    (block,) = sealed(executions()[0])
    assert unwrap(block).startswith(b"age-encryption.org/v1\n-> ")


SEALED_ONCE = sealed(executions()[0])
