"""The file of an audit: who was challenged, with what, how it ended, and who says so.

The file is one canonical DAG-CBOR map of the report and a signature of it. What is signed is the
EIP-712 statement ``Audit`` over the SHA-256 of the report's own canonical bytes, in the domain that
validators sign their verdicts in. Its layout is described in docs/peers.md.

A report proves what its signer says, not that it happened: whoever reads it has to trust the signer
for that, or challenge the same nodes.
"""

from typing import Any

from pydantic import ValidationError

from ledger.chain.deployment import Deployment
from ledger.errors import InvalidInputError
from ledger.peers.audit_format import AuditReport
from ledger.peers.audit_format import SignedReport
from ledger.peers.audit_format import as_map
from ledger.peers.auditor import Audit
from ledger.record import dagcbor
from ledger.record import eip712
from ledger.record.cid import digest_of


class AuditFaultError(InvalidInputError):
    """A file is no signed audit of this ledger.

    Attributes:
        fault: the name of what is wrong with it.
    """

    def __init__(self, fault: str, message: str, hint: str = "") -> None:
        super().__init__(f"{fault}: {message}", hint=hint)
        self.fault = fault


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
    report = as_map(done, ledger=deployment.identity, auditor=signer.address, node=node)
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
    for contradiction in report.contradictions():
        raise AuditFaultError("inconsistent", contradiction)
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


def _parsed(content: bytes) -> tuple[dict[str, Any], SignedReport]:
    try:
        plain = dagcbor.decode(content)
        return plain, SignedReport.model_validate(plain)
    except dagcbor.NonCanonicalError as error:
        raise AuditFaultError("not-canonical", error.message) from error
    except dagcbor.MalformedBlockError as error:
        raise AuditFaultError("malformed", error.message) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise AuditFaultError("malformed", f"{where or 'the file'}: {first['msg']}") from error


def _statement(
    report: dict[str, Any], deployment: Deployment, challenges: int, failed: int
) -> eip712.Statement:
    return eip712.audit(
        deployment.verdict_domain,
        report=digest_of(dagcbor.encode(report)),
        challenges=challenges,
        failed=failed,
    )
