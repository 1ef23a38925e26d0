"""The quorum rule: what a record's status follows from."""

from ledger.index.views import LedgerStatus


def status(
    accepted: int,
    rejected: int,
    quorum: int,
    *,
    deadline_passed: bool = False,
    superseded: bool = False,
    revoked: bool = False,
) -> LedgerStatus:
    """The status of an anchored record.

    A withdrawal by who may comes before every verdict. Where the quorum is at most half of the
    validators, both sides can reach it: that is a dispute at once, whatever the deadline. A split
    vote below the quorum becomes one when the time for verdicts is over; a vote that is one-sided
    but too small stays ``anchored``, because nobody disagrees.

    Args:
        accepted: validators whose standing verdict accepts the record.
        rejected: validators whose standing verdict rejects it.
        quorum: verdicts needed (k); 0 means that none is known, so that none is reached.
        deadline_passed: whether the time in which verdicts were due is over.
        superseded: whether the publisher replaced the batch by another.
        revoked: whether the contributor withdrew the record.
    """
    if revoked:
        return LedgerStatus.REVOKED
    if superseded:
        return LedgerStatus.SUPERSEDED
    accepts = 0 < quorum <= accepted
    rejects = 0 < quorum <= rejected
    if accepts != rejects:
        return LedgerStatus.ACCEPTED if accepts else LedgerStatus.REJECTED
    split = deadline_passed and accepted > 0 and rejected > 0
    return LedgerStatus.DISPUTED if accepts or split else LedgerStatus.ANCHORED
