"""What spoiled paths and forged leaves prove to the contracts: nothing."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from tests.anchor.proof_faults import spoiled
from tests.contracts.batches import SUBMISSION
from tests.contracts.batches import submission_tree
from tests.contracts.chain import BOND
from tests.contracts.chain import digest
from tests.contracts.evm import Evm

FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
VERDICT = ["bytes32", "bool", "uint16"]
RECORDS = [digest(f"record {number}") for number in range(21)]
REPORT = digest("report")


@dataclass(frozen=True)
class Anchored:
    """A batch of nine submissions, one of them of 21 records, each with a verdict."""

    evm: Evm
    publisher: str
    contributor: str
    submission: StandardMerkleTree
    batch: StandardMerkleTree
    verdicts: StandardMerkleTree
    batch_id: bytes

    def record(self, record: bytes, path: list[bytes], batch_path: list[bytes]) -> bool:
        values = (record, self.submission.root, self.contributor, len(RECORDS), path, batch_path)
        arguments = (self.publisher, self.batch.root, *values)
        held = self.evm.view("ContributionRegistry", "verifyRecord", *arguments)
        status = self.evm.view("ContributionRegistry", "recordStatus", *arguments)
        assert (status != 0) == held
        return bool(held)

    def revoked(self, record: bytes, path: list[bytes], batch_path: list[bytes]) -> bool:
        values = (record, self.submission.root, len(RECORDS), path, batch_path)
        outcome = self.evm.call(
            self.contributor,
            "ContributionRegistry",
            "revoke",
            self.publisher,
            self.batch.root,
            *values,
        )
        assert outcome.ok or outcome.error == ("InvalidProof",)
        return outcome.ok

    def held(self, root: bytes, contributor: str, count: int, path: list[bytes]) -> bool:
        arguments = (self.publisher, self.batch.root, root, contributor, count, path)
        return bool(self.evm.view("ContributionRegistry", "verifySubmission", *arguments))

    def verdict(self, verdict: tuple[Any, ...], path: list[bytes]) -> bool:
        said = (self.verdicts.root, len(RECORDS), 0, REPORT)
        arguments = (self.batch_id, self.publisher, said, verdict, path)
        return bool(self.evm.view("Attestations", "verifyVerdict", *arguments))


@pytest.fixture
def anchored(evm: Evm) -> Anchored:
    chain = evm.chain
    publisher, contributor = chain.validator.address, chain.contributor.address
    submission = submission_tree(RECORDS)
    leaves = [leaf_hash(SUBMISSION, [submission.root, contributor, len(RECORDS)])]
    leaves += [leaf_hash(SUBMISSION, [digest(f"{n}"), contributor, n]) for n in range(1, 9)]
    batch = StandardMerkleTree.of(leaves)
    verdicts = StandardMerkleTree.of([leaf_hash(VERDICT, [each, True, 0]) for each in RECORDS])
    assert evm.call(chain.governor.address, "ValidatorSet", "admit", publisher).ok
    assert evm.call(publisher, "ValidatorSet", "join", value=BOND).ok
    made = evm.call(publisher, "ContributionRegistry", "anchor", batch.root, len(RECORDS), REPORT)
    (batch_id,) = made.values
    said = (verdicts.root, len(RECORDS), 0, REPORT)
    assert evm.call(publisher, "Attestations", "attest", batch_id, 1, *said).ok
    return Anchored(evm, publisher, contributor, submission, batch, verdicts, batch_id)


@FIXTURE
@given(st.data())
def test_a_spoiled_path_proves_no_record(anchored: Anchored, data: st.DataObject):
    index = data.draw(st.integers(0, len(RECORDS) - 1))
    path, batch_path = anchored.submission.proof(index), anchored.batch.proof(0)
    nodes = [*anchored.submission.nodes, *anchored.batch.nodes]

    wrong = data.draw(spoiled(path, nodes))
    wrong_above = data.draw(spoiled(batch_path, nodes))

    assert anchored.record(RECORDS[index], path, batch_path)
    for paths in ((wrong, batch_path), (path, wrong_above), (wrong, wrong_above)):
        assert not anchored.record(RECORDS[index], *paths)
        assert not anchored.revoked(RECORDS[index], *paths)


@FIXTURE
@given(st.data())
def test_a_spoiled_path_proves_no_submission_and_no_verdict(
    anchored: Anchored, data: st.DataObject
):
    index = data.draw(st.integers(0, len(RECORDS) - 1))
    path, verdict_path = anchored.batch.proof(0), anchored.verdicts.proof(index)
    submission = (anchored.submission.root, anchored.contributor, len(RECORDS))
    verdict = (RECORDS[index], True, 0)

    wrong = data.draw(spoiled(path, list(anchored.batch.nodes)))
    wrong_verdict = data.draw(spoiled(verdict_path, list(anchored.verdicts.nodes)))

    assert anchored.held(*submission, path)
    assert not anchored.held(*submission, wrong)
    assert anchored.verdict(verdict, verdict_path)
    assert not anchored.verdict(verdict, wrong_verdict)


def test_no_node_of_a_tree_passes_for_what_its_leaves_are_of(anchored: Anchored):
    """A second preimage: every node, with the rest of the path that leads on from it."""
    batch_path = anchored.batch.proof(0)
    for index in range(0, len(RECORDS), 6):
        path = anchored.submission.proof(index)
        for start in range(len(path) + 1):
            for node in anchored.submission.nodes:
                assert not anchored.record(node, path[start:], batch_path)
            assert not anchored.verdict((path[start - 1], True, 0), path[start:])


def test_no_node_passes_for_a_submission(anchored: Anchored):
    for index in range(9):
        path = anchored.batch.proof(index)
        for start in range(len(path) + 1):
            for node in anchored.batch.nodes:
                assert not anchored.held(node, anchored.contributor, 1, path[start:])


@FIXTURE
@given(st.binary(min_size=64, max_size=64), st.integers(0, 20))
def test_sixty_four_forged_bytes_are_no_leaf(anchored: Anchored, forged: bytes, index: int):
    """Taken for a record and its sibling, or for a verdict's first words."""
    path, batch_path = anchored.submission.proof(index), anchored.batch.proof(0)
    low, high = forged[:32], forged[32:]

    assert not anchored.record(low, [high, *path], batch_path)
    assert not anchored.record(low, [high], batch_path)
    assert not anchored.held(low, anchored.contributor, 1, [high, *batch_path])
    assert not anchored.verdict((low, True, 0), [high, *anchored.verdicts.proof(index)])


def test_the_right_paths_revoke(anchored: Anchored):
    path, batch_path = anchored.submission.proof(3), anchored.batch.proof(0)

    assert anchored.revoked(RECORDS[3], path, batch_path)
    assert anchored.evm.view("ContributionRegistry", "isRevoked", anchored.contributor, RECORDS[3])
