"""Proof files: built on a node, checked anywhere."""

from ledger.verify.build import build_proof
from ledger.verify.check import verify_offline
from ledger.verify.check import verify_online
from ledger.verify.filed import reference_blocks
from ledger.verify.format import MalformedProofError
from ledger.verify.format import Proof
from ledger.verify.format import parse_proof
from ledger.verify.policy import Contracts
from ledger.verify.policy import Policy
from ledger.verify.reader import ChainReader
from ledger.verify.reader import Web3Reader
from ledger.verify.results import Result
from ledger.verify.results import Step
from ledger.verify.results import Verification

__all__ = [
    "ChainReader",
    "Contracts",
    "MalformedProofError",
    "Policy",
    "Proof",
    "Result",
    "Step",
    "Verification",
    "Web3Reader",
    "build_proof",
    "parse_proof",
    "reference_blocks",
    "verify_offline",
    "verify_online",
]
