"""The verifier of the verify page, run by Node.js and asked from Python."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any
from typing import Self

from ledger.verify import Policy
from tools.node import Node

SCRIPT = Path(__file__).parent / "verifier.mjs"


class BrowserVerifier:
    """One process for many questions, as starting Node takes longer than an answer."""

    def __init__(self, node: Node) -> None:
        self._process = subprocess.Popen(
            [node.executable, SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def verify(self, proof: bytes, policy: Policy, rpc: str | None = None) -> dict[str, Any]:
        """What the page would come to: against the policy's blocks, or a node's endpoint."""
        found = self.ask(proof, policy, rpc)
        assert "error" not in found, found["error"]
        return found

    def ask(self, proof: bytes, policy: Policy, rpc: str | None = None) -> dict[str, Any]:
        """The same, or the error that it broke off with: its class as `kind`, and its stack."""
        contracts = policy.contracts
        question = {
            "proof": base64.b64encode(proof).decode(),
            "policy": {
                "contracts": {
                    "chain_id": contracts.chain_id,
                    "registry": contracts.registry,
                    "validator_set": contracts.validator_set,
                    "attestations": contracts.attestations,
                },
                "trusted_blocks": ["0x" + block.hex() for block in policy.trusted_blocks],
                "expected_cid": policy.expected_cid,
                "minimum_accepted": policy.minimum_accepted,
                "validators": None if policy.validators is None else list(policy.validators),
            },
            "rpc": rpc,
        }
        return self._answer(question)

    def decode(self, block: bytes) -> dict[str, Any]:
        """What DAG-CBOR says, as the page reads it: its `value`, or why it is `refused`."""
        return self._answer({"block": base64.b64encode(block).decode()})

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
