"""What is committed to can be disclosed value by value, and is then what it was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.privacy import commitment
from ledger.privacy.commitment import Disclosed
from ledger.privacy.commitment import Withheld

SALTS = st.binary(min_size=32, max_size=32)
VALUES = st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20)
WITHHELD = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    st.tuples(VALUES, SALTS),
    min_size=1,
    max_size=9,
).map(lambda found: [Withheld(path, *each) for path, each in found.items()])


@settings(max_examples=60)
@given(WITHHELD, st.data())
def test_each_value_leads_to_the_root_alone(withheld: list[Withheld], data: st.DataObject):
    made = commitment.of(withheld)
    chosen = data.draw(st.lists(st.sampled_from(withheld), unique_by=lambda each: each.path))

    shown = commitment.disclose(withheld, [each.path for each in chosen])

    assert [each.field for each in shown] == chosen
    assert all(each.agrees_with(made) for each in shown)


@settings(max_examples=60)
@given(WITHHELD, st.data())
def test_no_other_value_salt_path_or_commitment_does(withheld: list[Withheld], data: st.DataObject):
    made = commitment.of(withheld)
    (shown,) = commitment.disclose(withheld, [withheld[0].path])
    field = shown.field
    other_value = data.draw(VALUES.filter(lambda value: (type(value), value) != (
        type(field.value), field.value
    )))  # fmt: skip
    other_salt = data.draw(SALTS.filter(lambda salt: salt != field.salt))

    forged = [
        replace(shown, field=replace(field, value=other_value)),
        replace(shown, field=replace(field, salt=other_salt)),
        replace(shown, field=replace(field, salt=field.salt[:31])),
        replace(shown, field=replace(field, path=field.path + "x")),
        replace(shown, proof=(*shown.proof, bytes(32))),
    ]
    elsewhere = made.model_copy(update={"root": "0x" + "00" * 32})

    assert not any(each.agrees_with(made) for each in forged)
    assert not shown.agrees_with(elsewhere)


def test_two_commitments_to_one_value_say_nothing_of_each_other():
    roots = {
        commitment.of([Withheld("input.size_bytes", 10, bytes([salt] * 32))]).root
        for salt in (1, 2)
    }

    assert len(roots) == 2


def test_the_leaf_is_that_of_openzeppelins_tree():
    """As @openzeppelin/merkle-tree gives it for ["string", "bytes32", "bytes"]."""
    field = Withheld("input.size_bytes", 10, bytes(range(32)))

    assert commitment.LEAF == ("string", "bytes32", "bytes")
    assert len(field.leaf) == 32
    assert Disclosed(field, ()).agrees_with(commitment.of([field]))


def test_what_is_not_withheld_cannot_be_disclosed():
    with pytest.raises(KeyError):
        commitment.disclose([Withheld("a", 1, bytes(32))], ["b"])
