"""How far a revocation has come, as steps."""

from ledger.index.views import LedgerStatus
from ledger.revoking.views import Revocation
from webapp.contribute.progress import Finality
from webapp.contribute.progress import Milestone
from webapp.contribute.progress import State
from webapp.format import number
from webapp.format import plural

_REACHED = {"none": -1, "unknown": -1, "sent": 0, "failed": 0, "mined": 1, "final": 2}


def steps(found: Revocation, finality: Finality) -> tuple[Milestone, ...]:
    """The steps, in order."""
    reached = _REACHED[found.state]
    is_shown = found.status is LedgerStatus.REVOKED

    def state(place: int) -> State:
        if reached >= place:
            return "done"
        waits = found.state in {"none", "failed"}
        return "now" if reached + 1 == place and not waits else "waiting"

    mined = found.block_number is not None and found.state in {"mined", "final"}
    return (
        Milestone(
            "Sent",
            state(0),
            "The contributor's own transaction."
            if reached >= 0
            else "No transaction is known here.",
            found.transaction_hash,
        ),
        Milestone(
            "In a block",
            state(1),
            f"Block {number(found.block_number)}." if mined else "Waits for a block.",
        ),
        Milestone("Final", state(2), _depth(found, finality)),
        Milestone(
            "Shown as revoked",
            "done" if is_shown else "now" if mined else "waiting",
            "On this node's pages, and on those of every node that follows the chain."
            if is_shown
            else "As soon as this node has read the block.",
        ),
    )


def _depth(found: Revocation, finality: Finality) -> str:
    if found.state == "final":
        return "Deep enough that the chain will not take it back."
    if found.state != "mined" or found.block_number is None or finality.head is None:
        return "Waits for its block."
    if finality.depth == 0:
        return "As soon as this node has read the block."
    deep = max(finality.head - found.block_number, 0)
    if finality.depth is None:
        return f"{plural(deep, 'block')} deep; the network says when it is final."
    return f"{number(min(deep, finality.depth))} of {plural(finality.depth, 'block')} on top of it."
