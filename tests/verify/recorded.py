"""The recorded proofs and the policy they are checked against."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ledger.verify import Contracts
from ledger.verify import Policy
from tests.assets.generate_proofs import EXPECTED
from tests.assets.generate_proofs import FOLDER

__all__ = ["FOLDER", "expected", "path_of", "policy", "read"]


@cache
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return found


@cache
def policy() -> Policy:
    given = expected()["policy"]
    return Policy(
        Contracts(
            given["chain_id"],
            given["registry"],
            given["validator_set"],
            given["attestations"],
        ),
        frozenset(bytes.fromhex(block[2:]) for block in given["trusted_blocks"]),
    )


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.json"


@cache
def read(name: str) -> bytes:
    return path_of(name).read_bytes()
