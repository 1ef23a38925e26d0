"""Quorum and number of active validators at a block, as ValidatorSet answers them."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection

from ledger.chain.events import Event
from ledger.chain.events import QuorumChanged
from ledger.chain.events import ValidatorAdmitted
from ledger.chain.events import ValidatorDismissed
from ledger.chain.events import ValidatorExitRequested
from ledger.chain.events import ValidatorJoined
from ledger.chain.events import ValidatorSlashed
from ledger.chain.events import ValidatorWithdrawn
from ledger.index.tables import Batch
from ledger.index.tables import Parameter
from ledger.index.tables import ValidatorEvent
from ledger.index.validator_state import Change
from ledger.index.validator_state import states

QUORUM = "quorum"
ACTIVE = "active"

_KINDS: dict[type[Event], Change] = {
    ValidatorAdmitted: Change.ADMITTED,
    ValidatorJoined: Change.JOINED,
    ValidatorExitRequested: Change.EXIT_REQUESTED,
    ValidatorDismissed: Change.DISMISSED,
    ValidatorWithdrawn: Change.WITHDRAWN,
    ValidatorSlashed: Change.SLASHED,
}


class Schedule:
    """The values of one parameter over the blocks."""

    def __init__(self, changes: Iterable[tuple[int, int]]) -> None:
        self._changes = list(changes)

    @classmethod
    def of(cls, connection: Connection, name: str) -> "Schedule":
        """The parameter's values as far as they are known."""
        query = (
            select(Parameter.from_block, Parameter.value)
            .where(Parameter.name == name)
            .order_by(Parameter.block_number, Parameter.log_index)
        )
        return cls((row.from_block, row.value) for row in connection.execute(query))

    def at(self, block_number: int) -> int:
        """The value that holds in a block; 0 before the first."""
        for from_block, value in reversed(self._changes):
            if from_block <= block_number:
                return value
        return 0


def record_validator_events(connection: Connection, events: Sequence[Event]) -> None:
    """Keep what happened to validators, and what follows for quorum and active count."""
    for event in events:
        if isinstance(event, QuorumChanged):
            _keep(connection, event, QUORUM, event.from_block, event.quorum)
            if event.from_block <= event.origin.block_number:
                _fill_in(connection, event)
        elif type(event) in _KINDS:
            _record(connection, event)


def _record(connection: Connection, event: Any) -> None:
    active = sum(state.active for state in states(connection).values())
    bond = getattr(event, "bond_wei", None)
    connection.execute(
        insert(ValidatorEvent).values(
            block_number=event.origin.block_number,
            log_index=event.origin.log_index,
            validator=event.validator,
            kind=_KINDS[type(event)].value,
            bond_wei=None if bond is None else str(bond),
        )
    )
    now = sum(state.active for state in states(connection).values())
    if now != active:  # the contract counts a change from the block after it
        _keep(connection, event, ACTIVE, event.origin.block_number + 1, now)


def _keep(connection: Connection, event: Event, name: str, from_block: int, value: int) -> None:
    connection.execute(
        insert(Parameter).values(
            block_number=event.origin.block_number,
            log_index=event.origin.log_index,
            name=name,
            from_block=from_block,
            value=value,
        )
    )


def _fill_in(connection: Connection, event: QuorumChanged) -> None:
    """The first quorum also holds for batches anchored before the validator set was deployed."""
    connection.execute(
        update(Batch)
        .where(Batch.quorum == 0, Batch.block_number >= event.from_block)
        .values(quorum=event.quorum)
    )
