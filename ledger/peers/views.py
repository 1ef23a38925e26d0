"""How a node stands among its peers, as it is shown to people and programs."""

from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.peers.replication import BatchStatus
from ledger.peers.replication import Copies


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class TrafficStatus(_Row):
    """What went to and fro since the node's file about peers was made; bytes are those of bodies.

    Attributes:
        requests_served: requests that this node answered.
        bytes_served: of its answers.
        requests_sent: requests that this node sent and that were answered.
        bytes_received: of those answers.
    """

    requests_served: int
    bytes_served: int
    requests_sent: int
    bytes_received: int


class PeerStatus(_Row):
    """A peer, gateway or routing service.

    Attributes:
        url: where it is reached.
        kind: ``peer``, ``gateway`` or ``router``.
        peer_id: its libp2p Peer ID.
        named: whether the operator named it.
        state: ``here``, ``away``, ``distrusted`` or ``new``.
        problem: what went wrong last, or why it is not trusted.
        last_seen: Unix time.
        holds: batches and reports it says it holds.
        blocks_in: blocks that came from it and were needed.
        bytes_in: their bytes.
        traffic: all that went between it and this node, as far as it said who it is.
        challenges: by outcome, how often.
    """

    url: str
    kind: str
    peer_id: str
    named: bool
    state: str
    problem: str
    last_seen: float | None
    holds: int
    blocks_in: int
    bytes_in: int
    traffic: TrafficStatus
    challenges: dict[str, int]


class PeersInBrief(_Row):
    """The nodes that a node knows, in short.

    Attributes:
        known: how many.
        answering: how many of them answered lately.
        distrusted: those that are not believed, with the reason.
        missing: DAGs that should be here and are not.
    """

    known: int = 0
    answering: int = 0
    distrusted: dict[str, str] = {}
    missing: int = 0


class WantStatus(_Row):
    """What is missing here.

    Attributes:
        root: the CID of its root.
        kind: ``batch`` or ``report``.
        age_seconds: since it was first missed.
        attempts: tries so far.
        retry_seconds: until the next one.
        problem: why it is not here.
        refused: whether it is given up.
    """

    root: str
    kind: str
    age_seconds: float
    attempts: int
    retry_seconds: float
    problem: str
    refused: bool


class FailedChallenge(_Row):
    """A challenge that a peer did not pass.

    Attributes:
        at: Unix time.
        peer: where it was reached.
        block: the CID of the block that was asked for.
        outcome: ``missing``, ``wrong`` or ``silent``.
        problem: what went wrong.
    """

    at: float
    peer: str
    block: str
    outcome: str
    problem: str


class Standing(_Row):
    """How a node stands among its peers, without its batches one by one.

    Attributes:
        at: Unix time of this look.
        peer_id: of this node.
        url: where others reach it.
        ledger: which ledger it is of.
        peers: whom it knows.
        answering: how many nodes of them answered lately.
        batch_count: batches on the ledger.
        at_risk: those of them that are on one node or none.
        by_copies: how many of them are on how many nodes.
        wants: what is missing here, the longest missed first.
        missing: how many DAGs that are.
        kept: DAGs that are whole here.
        blocks: in the store.
        bytes: that the store takes.
        storage_bytes: that it may take; 0: no limit.
        bytes_in: of the blocks that came from peers and were needed.
        traffic: all that went between this node and others.
        damaged: blocks that were found damaged here.
        mended: how many of them are whole again.
        scrubbed: blocks looked at in the latest round.
        scrub_finished: Unix time at which the latest whole round ended.
        failures: challenges that peers did not pass, the latest first.
        indexed_block: how far the chain was followed.
        head_block: how far the chain is; None where nobody looked.
    """

    at: float
    peer_id: str
    url: str | None
    ledger: str
    peers: tuple[PeerStatus, ...]
    answering: int
    batch_count: int
    at_risk: int
    by_copies: tuple[Copies, ...]
    wants: tuple[WantStatus, ...]
    missing: int
    kept: int
    blocks: int
    bytes: int
    storage_bytes: int
    bytes_in: int
    traffic: TrafficStatus
    damaged: int
    mended: int
    scrubbed: int
    scrub_finished: float | None
    failures: tuple[FailedChallenge, ...]
    indexed_block: int | None
    head_block: int | None


class PeeringStatus(Standing):
    """The same with the batches.

    Attributes:
        batches: where the latest ones are, newest first.
    """

    batches: tuple[BatchStatus, ...]
