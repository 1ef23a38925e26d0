"""Checking a proof: offline against trusted block hashes, or online against a node."""

from web3 import Web3

from ledger.chain.contracts import LedgerContracts
from ledger.chain.deployment import Deployment
from ledger.verify.evidence import Evidence
from ledger.verify.filed import FiledEvidence
from ledger.verify.format import MalformedProofError
from ledger.verify.format import Proof
from ledger.verify.format import parse_proof
from ledger.verify.online import NodeEvidence
from ledger.verify.policy import Policy
from ledger.verify.results import Fault
from ledger.verify.results import Result
from ledger.verify.results import Step
from ledger.verify.results import Verification
from ledger.verify.steps import Steps


def verify_offline(proof: Proof | bytes | str, policy: Policy) -> Verification:
    """Check a proof with nothing but what the policy trusts: no network, no database.

    Never raises on account of the proof; whatever is wrong with it is the result.
    """
    parsed = _parsed(proof)
    if isinstance(parsed, Verification):
        return parsed
    return _run(parsed, policy, FiledEvidence(parsed, policy))


def verify_online(proof: Proof | bytes | str, policy: Policy, w3: Web3) -> Verification:
    """Check a proof against a node, in place of the file's own headers and receipts.

    Raises:
        UnavailableError: the node does not answer.
    """
    parsed = _parsed(proof)
    if isinstance(parsed, Verification):
        return parsed
    return _run(parsed, policy, NodeEvidence(w3, policy.contracts))


def verify_deployed(
    proof: Proof | bytes | str, policy: Policy, w3: Web3, deployment: Deployment
) -> Verification:
    """Check a proof against a node, once its contracts are known to be those that are trusted.

    Raises:
        WrongLedgerError: the node is on another chain than the deployment.
        WrongContractError: it has other code at the contracts' addresses.
        UnavailableError: the node does not answer.
    """
    LedgerContracts(w3, deployment).require_code()
    return verify_online(proof, policy, w3)


def _parsed(proof: Proof | bytes | str) -> Proof | Verification:
    if isinstance(proof, Proof):
        return proof
    try:
        return parse_proof(proof)
    except MalformedProofError as error:
        return Verification(Result.MALFORMED, "", (Step("format", False, error.message),))


def _run(proof: Proof, policy: Policy, evidence: Evidence) -> Verification:
    done: list[Step] = [Step("format", True, "The file is a proof.", "the file alone")]
    result = Result.VALID
    for name, take in Steps(proof, policy, evidence):
        try:
            proven = take()
        except Fault as fault:
            done.append(Step(name, False, fault.reason, evidence.rests_on, fault.values))
            result = fault.result
            break
        done.append(Step(name, True, proven.sentence, proven.rests_on, proven.values))
    return Verification(result, proof.record.cid, tuple(done))
