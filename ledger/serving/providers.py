"""Who has a block, as far as a node knows.

Source: https://specs.ipfs.tech/routing/http-routing-v1/#peer-schema.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from ledger.ipld.cid import CID
from ledger.peers.multiaddress import protocols_of
from ledger.peers.peer_id import PeerID

HTTP_GATEWAY = "transport-ipfs-gateway-http"
"""The protocol of `ledger.serving.gateway`, by its multicodec name."""

UNKNOWN = "unknown"

Source = Callable[[CID], Iterator["ProviderRecord"]]
"""Names who has a block."""


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    """A node that has a block.

    Attributes:
        peer_id: its name.
        addresses: multiaddresses under which it serves.
        protocols: by which it serves, by multicodec name.
    """

    peer_id: PeerID
    addresses: tuple[str, ...]
    protocols: tuple[str, ...] = (HTTP_GATEWAY,)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a client can use; what begins with ``!`` it cannot.

    Source: https://specs.ipfs.tech/ipips/ipip-0484/.

    Attributes:
        addresses: names of protocols in multiaddresses; empty: any.
        protocols: names of transfer protocols; empty: any.
    """

    addresses: frozenset[str] = frozenset()
    protocols: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, addresses: str | None, protocols: str | None) -> "Filter":
        """The filter in two lists separated by commas; case does not matter."""
        return cls(_names(addresses), _names(protocols))

    def apply(self, record: ProviderRecord) -> ProviderRecord | None:
        """The record with the addresses that fit; None if nothing does."""
        spoken = frozenset(name.lower() for name in record.protocols)
        if not _fits(spoken or frozenset({UNKNOWN}), self.protocols):
            return None
        if not self.addresses:
            return record
        if not record.addresses:
            return record if UNKNOWN in self.addresses else None
        fitting = tuple(
            address for address in record.addresses if _fits(protocols_of(address), self.addresses)
        )
        return replace(record, addresses=fitting) if fitting else None


class Providers:
    """Answers out of several sources, one after another; a peer is named once."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)

    def find(self, cid: CID) -> Iterator[ProviderRecord]:
        """Who has a block."""
        named: set[PeerID] = set()
        for source in self._sources:
            for record in source(cid):
                if record.peer_id not in named:
                    named.add(record.peer_id)
                    yield record


def _names(text: str | None) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in (text or "").split(",") if name.strip())


def _fits(present: frozenset[str], wanted: frozenset[str]) -> bool:
    refused = {name[1:] for name in wanted if name.startswith("!")}
    allowed = {name for name in wanted if not name.startswith("!")}
    return present.isdisjoint(refused) and (not allowed or not present.isdisjoint(allowed))
