"""What a validator checks: pure functions from a record, or a batch, to verdicts."""

from ledger.validate.checks.batch import check_batch
from ledger.validate.checks.content import check_record
from ledger.validate.checks.context import Context
from ledger.validate.checks.context import Execution

__all__ = ["Context", "Execution", "check_batch", "check_record"]
