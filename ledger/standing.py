"""How a node stands, in plain values."""

from dataclasses import dataclass

from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.chain.deployment import Deployment
from ledger.peers.views import PeersInBrief
from ledger.signing import SignerInfo


@dataclass(frozen=True, slots=True)
class Network:
    """The network behind a ledger.

    Attributes:
        url: where it is reached, without credentials.
        client: the program that answers.
        final_block: the newest final block; negative where there is none.
    """

    url: str
    chain_id: int
    client: str
    head_block: int
    final_block: int


class NodeStatus(BaseModel):
    """How a node stands.

    Attributes:
        unsigned: records acknowledged here that no submission holds yet.
        unbatched: signed submissions that no batch holds yet.
        keys: what this node can sign contributions with, the default first.
        batches: batches of this node, by state.
        problems: what keeps batches of this node from the chain, and what endpoints do.
        waiting: indexed batches whose blocks are not all here.
        peers: other nodes; see `Node.peering_status` for more.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    home: str
    chain_id: int
    chain_url: str
    head_block: int
    indexed_block: int | None
    deployment: Deployment
    records: int
    by_status: dict[str, int]
    unsigned: int
    unbatched: int
    keys: tuple[SignerInfo, ...]
    batches: dict[str, int]
    problems: tuple[str, ...]
    waiting: tuple[str, ...]
    blocks: int
    peers: PeersInBrief
