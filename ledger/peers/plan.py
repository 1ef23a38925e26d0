"""What the operator of a node decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

from ledger.peers.addresses import Network
from ledger.peers.keeping import Budget
from ledger.peers.policy import KeepPolicy


@dataclass(frozen=True, slots=True)
class PeeringPlan:
    """What the operator decided.

    Attributes:
        peers: URLs of nodes.
        gateways: URLs of trustless gateways to read from.
        routers: URLs of delegated routing services.
        networks: that may be connected to besides public addresses.
        keep: what is kept.
        budget: how much room there is.
        public_url: where others reach this node.
    """

    peers: Sequence[str] = ()
    gateways: Sequence[str] = ()
    routers: Sequence[str] = ()
    networks: Sequence[Network] = ()
    keep: KeepPolicy = field(default_factory=KeepPolicy)
    budget: Budget = field(default_factory=Budget)
    public_url: str | None = None
