"""Who may revoke a record on the pages: its contributor, and nobody else."""

from ledger.index.views import LedgerStatus
from ledger.index.views import RecordRow
from webapp.serving import node
from webapp.who import signed_in


def may_by_wallet(row: RecordRow) -> bool:
    """Whether the record's contributor has signed in."""
    return _is_revocable(row) and signed_in() == row.contributor


def may_by_app(row: RecordRow) -> bool:
    """Whether the contributor is a development account, whose key everybody has."""
    return _is_revocable(row) and row.contributor in {each.address for each in node().signers()}


def is_offered(row: RecordRow) -> bool:
    """Whether the page of a record offers it to who looks at it."""
    return may_by_wallet(row) or may_by_app(row)


def _is_revocable(row: RecordRow) -> bool:
    anchored = row.batch_id is not None and row.contributor is not None
    return anchored and row.status is not LedgerStatus.REVOKED
