"""The validators of one node at work, side by side."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial

import structlog

from ledger.errors import PerfledgerError
from ledger.validate.service import Attested
from ledger.validate.service import ValidatorService

_log = structlog.get_logger(__name__)


class Panel:
    """Validators of which, in each round, those work that may attest then.

    Who joins or leaves between two rounds is noticed, and logged as is each new problem.

    Args:
        validators: the node's, whether they may attest now or not.
        active: addresses of all validators that may attest now; asked in each round, so it should
            be cheap (the index, not the chain).
    """

    def __init__(
        self, validators: Sequence[ValidatorService], active: Callable[[], AbstractSet[str]]
    ) -> None:
        self._validators = validators
        self._active = active
        self._working: set[str] | None = None
        self._problems: dict[tuple[str, str], str] = {}

    def step(self) -> Iterator[tuple[ValidatorService, Attested]]:
        """Let each attest what waits for it; what was attested, as it happens."""
        active = self._active()
        working = [each for each in self._validators if each.address in active]
        self._tell_changes({each.address for each in working})
        problems: dict[tuple[str, str], str] = {}
        for validator in working:
            failed = partial(self._failed, problems, validator.address)
            for attested in validator.step(failed=failed):
                yield validator, attested
        self._problems = problems

    def _tell_changes(self, working: set[str]) -> None:
        before, self._working = self._working, working
        for validator in self._validators:
            is_working = validator.address in working
            if before is None:
                if not is_working:
                    _log.warning("not an active validator", validator=validator.address)
            elif is_working and validator.address not in before:
                _log.info("became an active validator", validator=validator.address)
            elif not is_working and validator.address in before:
                _log.warning("is no active validator any more", validator=validator.address)

    def _failed(
        self,
        problems: dict[tuple[str, str], str],
        validator: str,
        batch: str,
        error: PerfledgerError,
    ) -> None:
        problems[validator, batch] = error.message
        if self._problems.get((validator, batch)) != error.message:
            _log.warning(
                "a batch could not be judged",
                validator=validator,
                batch=batch,
                problem=error.message,
                hint=error.hint,
            )
