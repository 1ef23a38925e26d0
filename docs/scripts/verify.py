"""Verify a record by its proof file and the contracts, step by step.

    python verify.py --rpc URL --deployment FILE proof.json

The file (``perfledger proof CID -o proof.json``, see docs/proof-format.md) brings the record's
bytes and the Merkle paths; what it says of the chain is asked of the chain. Exit code 1 if a step
fails. To verify with no chain at all, use ``perfledger verify --trust-block``.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import network
import trees
from eth_account import Account
from web3 import Web3

SLASHED = 4
"""Of ValidatorSet's Status."""


def main() -> None:
    """Print each step and whether it holds."""
    options = network.parser(__doc__)
    options.add_argument("proof", type=Path)
    given = options.parse_args()
    ledger = network.connect(given)
    for claim, holds in steps(ledger, json.loads(given.proof.read_text())):
        print(f"{'holds' if holds else 'FAILS'}: {claim}")
        if not holds:
            sys.exit(1)


def steps(ledger: network.Network, proof: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """What has to hold, in this order: each step rests on those before."""
    record = trees.digest_of(proof["record"]["cid"])
    yield "the bytes are those of the CID", trees.sha256(raw(proof["record"]["bytes"])) == record
    yield from in_submission(ledger, record, proof["submission"])
    yield from in_batch(ledger, record, proof)
    yield from judged(ledger, record, proof)


def in_submission(
    ledger: network.Network, record: bytes, part: dict[str, Any]
) -> Iterator[tuple[str, bool]]:
    """The first Merkle path, and the contributor's signature over its root."""
    root = trees.root_by_path(trees.record_leaf(record), hashes(part["path"]))
    yield "the record is in the submission", root == raw(part["root"])
    signed = network.submission(ledger, root, part["count"])
    signer = Account.recover_message(signed, signature=part["signature"])
    yield f"{part['contributor']} signed the submission", signer == part["contributor"]


def in_batch(
    ledger: network.Network, record: bytes, proof: dict[str, Any]
) -> Iterator[tuple[str, bool]]:
    """The second Merkle path, and its root on chain; the contract is asked for both paths too."""
    part, batch = proof["submission"], proof["batch"]
    leaf = trees.submission_leaf(raw(part["root"]), part["contributor"], part["count"])
    root = trees.root_by_path(leaf, hashes(batch["path"]))
    yield "the submission is in the batch", root == raw(batch["root"])
    asked = ledger.registry.functions
    batch_id = asked.batchIdOf(batch["publisher"], root).call()
    anchored_in = asked.batch(batch_id).call()[0]
    yield f"the batch is anchored, in block {anchored_in:,}", anchored_in > 0
    held = asked.verifyRecord(
        batch["publisher"],
        root,
        record,
        raw(part["root"]),
        part["contributor"],
        part["count"],
        hashes(part["path"]),
        hashes(batch["path"]),
    ).call()
    yield "the contract finds the record by both paths", held
    yield "nothing replaced the batch", not any(asked.supersededBy(batch_id).call())
    revoked = asked.isRevoked(part["contributor"], record).call()
    yield "the contributor did not revoke the record", not revoked


def judged(
    ledger: network.Network, record: bytes, proof: dict[str, Any]
) -> Iterator[tuple[str, bool]]:
    """Each validator's path to the root it attested, and the quorum of the anchor's block."""
    batch = proof["batch"]
    root = raw(batch["root"])
    batch_id = ledger.registry.functions.batchIdOf(batch["publisher"], root).call()
    anchored_in = ledger.registry.functions.batch(batch_id).call()[0]
    accepting = set()
    for each in proof.get("verdicts", []):
        code = each["code"]
        report = trees.digest_of(each["report"])
        said = (raw(each["root"]), each["accepted"], each["rejected"], report)
        held = ledger.attestations.functions.verifyVerdict(
            batch_id, each["validator"], said, (record, code == 0, code), hashes(each["path"])
        ).call()
        yield f"{each['validator']} attested code {code} for the record", held
        if code == 0 and not slashed(ledger, each["validator"]):
            accepting.add(each["validator"])
    quorum = ledger.validators.functions.quorumAt(anchored_in).call()
    yield f"{len(accepting)} accept it, and {quorum} have to", len(accepting) >= quorum


def slashed(ledger: network.Network, validator: str) -> bool:
    """Whether a validator lost its bond for saying two things at once."""
    return bool(ledger.validators.functions.validator(validator).call()[0] == SLASHED)


def raw(text: str) -> bytes:
    """The bytes behind 0x and hexadecimal digits."""
    return bytes(Web3.to_bytes(hexstr=text))  # type: ignore[arg-type]


def hashes(texts: list[str]) -> list[bytes]:
    """A Merkle path."""
    return [raw(each) for each in texts]


if __name__ == "__main__":
    main()
