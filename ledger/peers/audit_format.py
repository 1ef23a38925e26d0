"""What is in the report of an audit, value by value: docs/peers.md describes it."""

from collections.abc import Iterator
from typing import Annotated
from typing import Any
from typing import Literal

from pydantic import Field

from ledger.anchor.manifest import Address
from ledger.anchor.manifest import BlockModel
from ledger.anchor.manifest import Hash
from ledger.anchor.manifest import Signature
from ledger.peers.auditor import MOST_CHALLENGES
from ledger.peers.auditor import Audit
from ledger.peers.auditor import PeerAudit
from ledger.peers.auditor import Reached
from ledger.peers.book.checks import PASSED
from ledger.peers.book.checks import Challenge
from ledger.record import dagcbor
from ledger.record.cid import Digest

KIND = "perfledger/audit"
VERSION = 1

_MILLIS, _MICROS = 1_000, 1_000_000

_Text = Annotated[str, Field(max_length=300)]
_Natural = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
_Count = Annotated[int, Field(strict=True, ge=1, le=MOST_CHALLENGES)]


class ChallengeLine(BlockModel):
    """One challenge: times in milliseconds since 1970 and in microseconds, hashes as 0x text."""

    at: _Natural
    root: Hash
    block: Hash
    first: _Natural
    length: Annotated[int, Field(strict=True, ge=1, le=dagcbor.MAX_BLOCK_BYTES)]
    outcome: Literal["passed", "missing", "wrong", "silent"]
    micros: _Natural


class PeerPart(BlockModel):
    """One node."""

    url: _Text
    peer_id: _Text
    state: Literal["challenged", "away", "nothing-shared"]
    challenges: Annotated[list[ChallengeLine], Field(max_length=MOST_CHALLENGES)]


class AuditReport(BlockModel):
    """A report."""

    kind: Literal["perfledger/audit"]
    version: Literal[1]
    ledger: _Text
    auditor: Address
    node: _Text
    began: _Natural
    ended: _Natural
    rounds: _Count
    peers: Annotated[list[PeerPart], Field(min_length=1, max_length=10_000)]

    @property
    def challenges(self) -> int:
        """How many there were."""
        return sum(len(peer.challenges) for peer in self.peers)

    @property
    def failed(self) -> int:
        """How many of them were not passed."""
        return sum(each.outcome != PASSED for peer in self.peers for each in peer.challenges)

    def contradictions(self) -> Iterator[str]:
        """What in it cannot be true together."""
        if self.ended < self.began:
            yield "it ended before it began"
        times = [each.at for peer in self.peers for each in peer.challenges]
        if any(not self.began <= time <= self.ended for time in times):
            yield "a challenge is from another time"
        if len({peer.url for peer in self.peers}) < len(self.peers):
            yield "a node is in it twice"
        if any(len(peer.challenges) > self.rounds for peer in self.peers):
            yield "a node had more challenges than there were rounds"
        if any(
            (peer.state == Reached.CHALLENGED.value) != bool(peer.challenges) for peer in self.peers
        ):
            yield "a node has challenges and was not challenged, or the other way round"

    def audit(self) -> Audit:
        """What it reports."""
        return Audit(
            self.began / _MILLIS,
            self.ended / _MILLIS,
            self.rounds,
            tuple(
                PeerAudit(
                    peer.url,
                    peer.peer_id,
                    Reached(peer.state),
                    tuple(_challenge(peer, each) for each in peer.challenges),
                )
                for peer in self.peers
            ),
        )


class SignedReport(BlockModel):
    """The file."""

    report: AuditReport
    signature: Signature


def as_map(done: Audit, *, ledger: str, auditor: str, node: str) -> dict[str, Any]:
    """The report of an audit, as it is encoded.

    Args:
        done: the audit.
        ledger: identity of the ledger.
        auditor: EIP-55 address of who is to sign it.
        node: Peer ID of the node that asked.
    """
    return {
        "kind": KIND,
        "version": VERSION,
        "ledger": ledger,
        "auditor": auditor,
        "node": node,
        "began": round(done.began * _MILLIS),
        "ended": round(done.ended * _MILLIS),
        "rounds": done.rounds,
        "peers": [
            {
                "url": peer.url,
                "peer_id": peer.peer_id,
                "state": peer.state.value,
                "challenges": [_line(each) for each in peer.challenges],
            }
            for peer in done.peers
        ],
    }


def _line(challenge: Challenge) -> dict[str, Any]:
    return {
        "at": round(challenge.at * _MILLIS),
        "root": "0x" + challenge.root.hex(),
        "block": "0x" + challenge.block.hex(),
        "first": challenge.first,
        "length": challenge.length,
        "outcome": challenge.outcome,
        "micros": round(challenge.seconds * _MICROS),
    }


def _challenge(peer: PeerPart, line: ChallengeLine) -> Challenge:
    return Challenge(
        line.at / _MILLIS,
        peer.url,
        peer.peer_id,
        Digest(line.root),
        Digest(line.block),
        line.first,
        line.length,
        line.outcome,
        line.micros / _MICROS,
    )
