"""ContributionRegistry: what is in a batch, and what its contributors signed."""

import pytest

from ledger.anchor.merkle import leaf_hash
from tests.contracts.batches import SUBMISSION
from tests.contracts.batches import anchored_batch
from tests.contracts.batches import submission_tree
from tests.contracts.batches import verify_record
from tests.contracts.chain import Chain
from tests.contracts.chain import digest
from tests.contracts.chain import malleated


def test_a_record_of_an_anchored_batch_verifies(chain: Chain):
    assert verify_record(chain, anchored_batch(chain))


def test_a_batch_of_one_record_needs_no_paths(chain: Chain):
    record, contributor = digest("only"), chain.contributor.address
    submission = submission_tree([record]).root
    batch = leaf_hash(SUBMISSION, [submission, contributor, 1])
    chain.anchored(batch, 1)

    verify = chain.registry.functions.verifyRecord

    publisher = chain.publisher.address
    assert verify(publisher, batch, record, submission, contributor, 1, [], []).call()
    assert not verify(publisher, batch, batch, submission, contributor, 1, [], []).call()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("record", digest("theirs 1")),
        ("submission_root", digest("another submission")),
        ("contributor", "0x000000000000000000000000000000000000bEEF"),
        ("count", 6),
        ("root", digest("another batch")),
        ("publisher", "0x000000000000000000000000000000000000bEEF"),
        ("record_proof", []),
        ("submission_proof", []),
        ("submission_proof", [digest("sibling")]),
    ],
)
def test_a_record_does_not_verify_with_another(chain: Chain, field, value):
    proven = anchored_batch(chain)

    assert not verify_record(chain, proven, **{field: value})


def test_paths_prove_nothing_until_the_batch_is_anchored(chain: Chain):
    snapshot = chain.tester.take_snapshot()
    proven = anchored_batch(chain)
    chain.tester.revert_to_snapshot(snapshot)

    assert not verify_record(chain, proven)


def test_an_inner_node_does_not_pass_for_a_record(chain: Chain):
    proven = anchored_batch(chain, size=4)
    tree = submission_tree([digest(f"mine {number}") for number in range(4)])
    inner, sibling = tree.nodes[1], tree.nodes[2]

    assert not verify_record(chain, proven, record=inner, record_proof=[sibling])
    assert not verify_record(chain, proven, record=tree.root, record_proof=[])


def test_a_leaf_hash_does_not_pass_for_a_record(chain: Chain):
    proven = anchored_batch(chain, size=4)
    leaf = submission_tree([proven.record]).root

    assert not verify_record(chain, proven, record=leaf)


def test_a_submission_of_an_anchored_batch_verifies(chain: Chain):
    proven = anchored_batch(chain)
    arguments = [
        proven.publisher.address,
        proven.batch_root,
        proven.submission_root,
        proven.contributor.address,
        proven.count,
        proven.submission_proof,
    ]

    verify = chain.registry.functions.verifySubmission

    assert verify(*arguments).call()
    assert not verify(chain.stranger.address, *arguments[1:]).call()
    assert not verify(*arguments[:3], chain.stranger.address, *arguments[4:]).call()
    assert not verify(*arguments[:4], proven.count + 1, proven.submission_proof).call()


def test_a_contributor_signs_the_submissions_digest(chain: Chain):
    root = digest("submission")
    signature = chain.sign(chain.contributor, "Submission", [root, 7], chain.registry)

    verify = chain.registry.functions.verifySubmissionSignature

    assert verify(chain.contributor.address, root, 7, signature).call()
    assert not verify(chain.stranger.address, root, 7, signature).call()
    assert not verify(chain.contributor.address, root, 8, signature).call()
    assert not verify(chain.contributor.address, digest("other"), 7, signature).call()
    assert not verify(chain.contributor.address, root, 7, malleated(signature)).call()
    assert not verify(chain.contributor.address, root, 7, signature[:64]).call()


def test_the_submissions_digest_is_what_was_signed(chain: Chain):
    root = digest("submission")
    signed = chain.registry.functions.submissionDigest(root, 7).call()

    signature = chain.contributor.unsafe_sign_hash(signed).signature

    assert bytes(signature) == chain.sign(
        chain.contributor, "Submission", [root, 7], chain.registry
    )


def test_a_contract_wallet_contributes_by_its_owners_signature(chain: Chain):
    wallet = chain.test_contract("Wallet", chain.contributor.address)
    root = digest("submission")
    signature = chain.sign(chain.contributor, "Submission", [root, 7], chain.registry)

    verify = chain.registry.functions.verifySubmissionSignature(wallet.address, root, 7, signature)
    assert verify.call()

    chain.send(wallet.functions.rotate(chain.stranger.address), chain.contributor)
    assert not verify.call()


def test_the_domain_is_published(chain: Chain):
    _, name, version, chain_id, verifier, _, _ = chain.registry.functions.eip712Domain().call()

    assert (name, version) == ("perfledger", "1")
    assert (chain_id, verifier) == (chain.w3.eth.chain_id, chain.registry.address)
