"""The file of an audit: who was challenged, with what, how it ended, and who says so.

The file is one canonical DAG-CBOR map of the report and a signature of it. What is signed is the
EIP-712 statement ``Audit`` over the SHA-256 of the report's own canonical bytes, in the domain that
validators sign their verdicts in. Its layout is described in docs/peers.md.

A report proves what its signer says, not that it happened: whoever reads it has to trust the signer
for that, or challenge the same nodes.
"""

from typing import Annotated
from typing import Any
from typing import Literal

from pydantic import Field
from pydantic import ValidationError

from ledger.anchor.manifest import Address
from ledger.anchor.manifest import BlockModel
from ledger.anchor.manifest import Hash
from ledger.anchor.manifest import Signature
from ledger.chain.deployment import Deployment
from ledger.errors import InvalidInputError
from ledger.peers.auditor import MOST_CHALLENGES
from ledger.peers.auditor import Audit
from ledger.peers.auditor import PeerAudit
from ledger.peers.auditor import Reached
from ledger.peers.book.checks import PASSED
from ledger.peers.book.checks import Challenge
from ledger.record import dagcbor
from ledger.record import eip712
from ledger.record.cid import Digest
from ledger.record.cid import digest_of

KIND = "perfledger/audit"
VERSION = 1

_MILLIS, _MICROS = 1_000, 1_000_000

_Text = Annotated[str, Field(max_length=300)]
_Natural = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
_Count = Annotated[int, Field(strict=True, ge=1, le=MOST_CHALLENGES)]


class AuditFaultError(InvalidInputError):
    """A file is no signed audit of this ledger.

    Attributes:
        fault: the name of what is wrong with it.
    """

    def __init__(self, fault: str, message: str, hint: str = "") -> None:
        super().__init__(f"{fault}: {message}", hint=hint)
        self.fault = fault


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


class _File(BlockModel):
    report: AuditReport
    signature: Signature


def write(
    done: Audit, *, deployment: Deployment, node: str, signer: eip712.StatementSigner
) -> bytes:
    """The signed report of an audit.

    Args:
        done: the audit.
        deployment: of the ledger.
        node: Peer ID of the node that asked.
        signer: whose word it is.

    Raises:
        AuditFaultError: nobody would accept it, e.g. because the clock was changed meanwhile.
    """
    report = {
        "kind": KIND,
        "version": VERSION,
        "ledger": deployment.identity,
        "auditor": signer.address,
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
    signature = signer.sign(_statement(report, deployment, done.challenges, done.failed))
    content = dagcbor.encode({"report": report, "signature": "0x" + signature.hex()})
    read(content, deployment)  # what readers would refuse must not be handed out
    return content


def read(content: bytes, deployment: Deployment) -> AuditReport:
    """The report in a file, checked down to its signature.

    Raises:
        AuditFaultError: ``too-large``; ``not-canonical``; ``malformed``; ``inconsistent``: its
            times or numbers contradict each other; ``other-ledger``; ``wrong-signature``: not of
            the auditor that it names.
    """
    if len(content) > dagcbor.MAX_BLOCK_BYTES:
        raise AuditFaultError("too-large", f"it has more than {dagcbor.MAX_BLOCK_BYTES:,} bytes")
    plain, file = _parsed(content)
    report = file.report
    _require_consistent(report)
    if report.ledger != deployment.identity:
        raise AuditFaultError(
            "other-ledger",
            f"it is on the ledger {report.ledger}",
            hint="Name that ledger's deployment file with --deployment.",
        )
    statement = _statement(plain["report"], deployment, report.challenges, report.failed)
    signed_by = eip712.recover(statement, file.signature)
    if signed_by != report.auditor:
        raise AuditFaultError(
            "wrong-signature",
            f"it names {report.auditor} as its auditor, and "
            + (f"this would be signed by {signed_by}" if signed_by else "the signature is none"),
            hint="Something in it was changed after it was signed, or it was never signed.",
        )
    return report


def _parsed(content: bytes) -> tuple[dict[str, Any], _File]:
    try:
        plain = dagcbor.decode(content)
        return plain, _File.model_validate(plain)
    except dagcbor.NonCanonicalError as error:
        raise AuditFaultError("not-canonical", error.message) from error
    except dagcbor.MalformedBlockError as error:
        raise AuditFaultError("malformed", error.message) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise AuditFaultError("malformed", f"{where or 'the file'}: {first['msg']}") from error


def _require_consistent(report: AuditReport) -> None:
    times = [each.at for peer in report.peers for each in peer.challenges]
    urls = [peer.url for peer in report.peers]
    faults = (
        (report.ended < report.began, "it ended before it began"),
        (
            any(not report.began <= time <= report.ended for time in times),
            "a challenge is from another time",
        ),
        (len(set(urls)) < len(urls), "a node is in it twice"),
        (
            any(len(peer.challenges) > report.rounds for peer in report.peers),
            "a node had more challenges than there were rounds",
        ),
        (
            any((peer.state == "challenged") != bool(peer.challenges) for peer in report.peers),
            "a node has challenges and was not challenged, or the other way round",
        ),
    )
    for is_so, fault in faults:
        if is_so:
            raise AuditFaultError("inconsistent", fault)


def _statement(
    report: dict[str, Any], deployment: Deployment, challenges: int, failed: int
) -> eip712.Statement:
    return eip712.audit(
        deployment.verdict_domain,
        report=digest_of(dagcbor.encode(report)),
        challenges=challenges,
        failed=failed,
    )


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
