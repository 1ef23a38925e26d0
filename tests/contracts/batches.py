"""A batch of two submissions, with the paths that prove each record."""

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from web3.contract.contract import ContractFunction

from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from tests.contracts.chain import Chain
from tests.contracts.chain import digest

SUBMISSION = ["bytes32", "address", "uint32"]


@dataclass(frozen=True)
class Proven:
    """One record of an anchored batch, and everything that proves it."""

    publisher: LocalAccount
    contributor: LocalAccount
    batch_root: bytes
    record: bytes
    submission_root: bytes
    count: int
    record_proof: list[bytes]
    submission_proof: list[bytes]


def records(name: str, count: int) -> list[bytes]:
    return [digest(f"{name} {number}") for number in range(count)]


def submission_tree(digests: list[bytes]) -> StandardMerkleTree:
    return StandardMerkleTree.of([leaf_hash(["bytes32"], [each]) for each in digests])


def anchored_batch(chain: Chain, *, size: int = 5) -> Proven:
    """Anchors a batch of the contributor's and a stranger's records; proves one of the former's."""
    mine, theirs = records("mine", size), records("theirs", 3)
    trees = [submission_tree(mine), submission_tree(theirs)]
    leaves = [
        leaf_hash(SUBMISSION, [trees[0].root, chain.contributor.address, len(mine)]),
        leaf_hash(SUBMISSION, [trees[1].root, chain.stranger.address, len(theirs)]),
    ]
    batch = StandardMerkleTree.of(leaves)
    chain.anchored(batch.root, len(mine) + len(theirs))
    return Proven(
        chain.publisher,
        chain.contributor,
        batch.root,
        mine[1],
        trees[0].root,
        len(mine),
        trees[0].proof(1),
        batch.proof(0),
    )


def verify_record(chain: Chain, proven: Proven, **changed: object) -> bool:
    return bool(chain.registry.functions.verifyRecord(*_both_paths(proven, changed)).call())


def record_status(chain: Chain, proven: Proven, **changed: object) -> int:
    return int(chain.registry.functions.recordStatus(*_both_paths(proven, changed)).call())


def revocation(chain: Chain, proven: Proven, **changed: object) -> ContractFunction:
    values = {
        "publisher": proven.publisher.address,
        "root": proven.batch_root,
        "record": proven.record,
        "submission_root": proven.submission_root,
        "count": proven.count,
        "record_proof": proven.record_proof,
        "submission_proof": proven.submission_proof,
    }
    assert changed.keys() <= values.keys()
    return chain.registry.functions.revoke(*(values | changed).values())


def _both_paths(proven: Proven, changed: dict[str, object]) -> list[object]:
    values = {
        "publisher": proven.publisher.address,
        "root": proven.batch_root,
        "record": proven.record,
        "submission_root": proven.submission_root,
        "contributor": proven.contributor.address,
        "count": proven.count,
        "record_proof": proven.record_proof,
        "submission_proof": proven.submission_proof,
    }
    assert changed.keys() <= values.keys()
    return list((values | changed).values())
