"""Where validators stand, folded from what happened to them.

There are few validators and few events, and a fold needs no undoing after a reorg.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.tables import ValidatorEvent


class Change(StrEnum):
    """What can happen to a validator."""

    ADMITTED = "admitted"
    JOINED = "joined"
    EXIT_REQUESTED = "exit-requested"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    SLASHED = "slashed"


@dataclass(frozen=True, slots=True)
class ValidatorState:
    """Where a validator stands.

    Attributes:
        active: whether it may attest.
        slashed: whether it lost its bond for equivocation.
        bond_wei: what it posted and has not got back.
    """

    active: bool = False
    slashed: bool = False
    bond_wei: int = 0


def states(connection: Connection) -> dict[str, ValidatorState]:
    """Every account that was ever admitted, in the order of its first admission."""
    query = select(ValidatorEvent).order_by(ValidatorEvent.block_number, ValidatorEvent.log_index)
    found: dict[str, ValidatorState] = {}
    for event in connection.execute(query):
        state = found.get(event.validator, ValidatorState())
        found[event.validator] = _after(state, event.kind, int(event.bond_wei or 0))
    return found


def _after(state: ValidatorState, kind: str, bond_wei: int) -> ValidatorState:
    match kind:
        case Change.JOINED:
            return ValidatorState(active=True, bond_wei=bond_wei)
        case Change.EXIT_REQUESTED:
            return ValidatorState(bond_wei=state.bond_wei)
        case Change.WITHDRAWN:
            return ValidatorState()
        case Change.SLASHED:
            return ValidatorState(slashed=True)
        case _:  # admitting changes nothing here; dismissing an active one requests its exit too
            return state
