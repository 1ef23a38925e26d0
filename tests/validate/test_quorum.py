"""The quorum rule as laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.index.views import LedgerStatus
from ledger.validate.quorum import status

VOTES = st.integers(0, 20)
QUORUMS = st.integers(1, 20)
FLAGS = st.booleans()


@pytest.mark.parametrize(
    ("accepted", "rejected", "deadline_passed", "expected"),
    [
        (0, 0, False, LedgerStatus.ANCHORED),
        (1, 0, False, LedgerStatus.ANCHORED),
        (2, 0, False, LedgerStatus.ACCEPTED),
        (2, 1, False, LedgerStatus.ACCEPTED),
        (0, 2, False, LedgerStatus.REJECTED),
        (1, 2, False, LedgerStatus.REJECTED),
        (2, 2, False, LedgerStatus.DISPUTED),
        (1, 1, False, LedgerStatus.ANCHORED),
        (1, 1, True, LedgerStatus.DISPUTED),
        (1, 0, True, LedgerStatus.ANCHORED),
        (0, 0, True, LedgerStatus.ANCHORED),
    ],
)
def test_two_of_three(accepted, rejected, deadline_passed, expected):
    assert status(accepted, rejected, 2, deadline_passed=deadline_passed) is expected


@given(VOTES, VOTES, QUORUMS, FLAGS)
def test_accepted_means_a_quorum_on_that_side_alone(accepted, rejected, quorum, late):
    outcome = status(accepted, rejected, quorum, deadline_passed=late)

    assert (outcome is LedgerStatus.ACCEPTED) == (rejected < quorum <= accepted)
    assert (outcome is LedgerStatus.REJECTED) == (accepted < quorum <= rejected)


@given(VOTES, VOTES, QUORUMS, FLAGS)
def test_both_sides_are_treated_alike(accepted, rejected, quorum, late):
    swapped = {
        LedgerStatus.ACCEPTED: LedgerStatus.REJECTED,
        LedgerStatus.REJECTED: LedgerStatus.ACCEPTED,
    }
    outcome = status(accepted, rejected, quorum, deadline_passed=late)

    mirrored = status(rejected, accepted, quorum, deadline_passed=late)
    assert mirrored is swapped.get(outcome, outcome)


@given(VOTES, VOTES, QUORUMS)
def test_a_dispute_needs_votes_on_both_sides(accepted, rejected, quorum):
    if status(accepted, rejected, quorum, deadline_passed=True) is LedgerStatus.DISPUTED:
        assert accepted > 0
        assert rejected > 0


@given(VOTES, VOTES, QUORUMS)
def test_a_deadline_only_ever_turns_anchored_into_disputed(accepted, rejected, quorum):
    before = status(accepted, rejected, quorum)
    after = status(accepted, rejected, quorum, deadline_passed=True)

    assert before is after or (before, after) == (LedgerStatus.ANCHORED, LedgerStatus.DISPUTED)


@given(VOTES, VOTES, QUORUMS, FLAGS)
def test_one_more_acceptance_never_makes_a_rejection_of_another_outcome(a, r, quorum, late):
    before = status(a, r, quorum, deadline_passed=late)
    after = status(a + 1, r, quorum, deadline_passed=late)

    if before is not LedgerStatus.REJECTED:
        assert after is not LedgerStatus.REJECTED


@given(VOTES, VOTES, st.integers(0, 20), FLAGS)
def test_withdrawal_comes_before_every_verdict(accepted, rejected, quorum, late):
    def outcome(**withdrawn: bool) -> LedgerStatus:
        return status(accepted, rejected, quorum, deadline_passed=late, **withdrawn)

    assert outcome(superseded=True) is LedgerStatus.SUPERSEDED
    assert outcome(revoked=True) is LedgerStatus.REVOKED
    assert outcome(superseded=True, revoked=True) is LedgerStatus.REVOKED


@given(VOTES, VOTES)
def test_an_unknown_quorum_is_never_reached(accepted, rejected):
    assert status(accepted, rejected, 0) is LedgerStatus.ANCHORED
