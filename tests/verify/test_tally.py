"""Which verdicts that a file leaves out could have told otherwise."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ledger.validate.quorum import status
from ledger.verify.events import Attested
from ledger.verify.tally import can_change

BATCH, ROOT, REPORT = bytes(32), bytes(32), bytes(32)


def attested(accepted: int, rejected: int) -> Attested:
    return Attested(BATCH, bytes(20), 1, ROOT, accepted, rejected, REPORT)


ALL, NONE, SOME = attested(5, 0), attested(0, 5), attested(4, 1)


def test_nothing_left_out_changes_nothing():
    assert not can_change(2, 0, 2, [])
    assert not can_change(0, 0, 2, [])


def test_who_accepts_the_whole_batch_does_not_take_an_acceptance_away():
    assert not can_change(2, 0, 2, [ALL, ALL, ALL])


def test_who_rejects_a_record_may_have_rejected_this_one():
    assert can_change(2, 0, 2, [SOME, SOME])
    assert not can_change(2, 0, 2, [SOME])
    assert can_change(2, 1, 2, [SOME])


def test_an_acceptance_left_out_makes_up_a_quorum():
    assert can_change(1, 0, 2, [ALL])
    assert not can_change(1, 0, 3, [ALL])
    assert not can_change(1, 0, 2, [NONE])


@given(
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(1, 4),
    st.lists(st.sampled_from([ALL, NONE, SOME]), max_size=4),
)
def test_it_is_what_trying_every_possibility_gives(accepted, rejected, quorum, others):
    verdicts = [
        [True] if other is ALL else [False] if other is NONE else [True, False] for other in others
    ]
    outcomes = {
        status(accepted + sum(said), rejected + len(said) - sum(said), quorum)
        for said in product(*verdicts)
    }

    expected = outcomes != {status(accepted, rejected, quorum)}
    assert can_change(accepted, rejected, quorum, others) == expected


@given(
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 4),
    st.lists(st.sampled_from([ALL, NONE, SOME]), max_size=4),
)
def test_of_an_encrypted_record_who_rejects_may_have_no_opinion(
    accepted: int, rejected: int, quorum: int, others: list[Attested]
) -> None:
    """True: accepts; False: rejects; None: cannot read it."""
    verdicts = [
        [True] if other is ALL else [False, None] if other is NONE else [True, False, None]
        for other in others
    ]
    outcomes = {
        status(accepted + said.count(True), rejected + said.count(False), quorum)
        for said in product(*verdicts)
    }

    expected = outcomes != {status(accepted, rejected, quorum)}
    assert can_change(accepted, rejected, quorum, others, sealed=True) == expected
