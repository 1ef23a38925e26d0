"""What a simulated replication gives."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What became of a batch.

    Attributes:
        seconds: from the anchor to verified and stored, by peer; those that had it are left out.
        regions: of the same peers.
        sent: bytes sent, by peer, those that had it included.
        received: bytes received, by peer.
        cpu: processor seconds, by peer.
        asked: requests for the batch.
        refused: of them, those to peers that did not have it.
        uplink_busy: when each peer had sent everything.
        events: that were simulated.
    """

    seconds: list[float]
    regions: list[str]
    sent: list[int]
    received: list[int]
    cpu: list[float]
    asked: int
    refused: int
    uplink_busy: list[float]
    events: int
