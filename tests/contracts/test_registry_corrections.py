"""ContributionRegistry: superseding batches and revoking records."""

import pytest

from tests.contracts.batches import anchored_batch
from tests.contracts.batches import record_status
from tests.contracts.batches import revocation
from tests.contracts.chain import Chain
from tests.contracts.chain import digest

A, B, C = digest("a"), digest("b"), digest("c")


def supersede(chain: Chain, root, replacement):
    return chain.registry.functions.supersede(root, replacement)


def test_a_publisher_replaces_a_batch(chain: Chain):
    old, new = chain.anchored(A, 1), chain.anchored(B, 1)

    receipt = chain.send(supersede(chain, A, B), chain.publisher)

    assert chain.registry.functions.supersededBy(old).call() == new
    assert chain.events(chain.registry, "Superseded", receipt) == [
        {"batchId": old, "replacementId": new, "publisher": chain.publisher.address}
    ]


def test_a_batch_nobody_replaced_has_no_replacement(chain: Chain):
    assert chain.registry.functions.supersededBy(chain.anchored(A, 1)).call() == bytes(32)


def test_only_its_publisher_replaces_a_batch(chain: Chain):
    chain.anchored(A, 1)
    chain.anchored(B, 1)

    name = chain.registry.functions.batchIdOf(chain.stranger.address, A).call()
    chain.refuses(supersede(chain, A, B), chain.stranger, "NotAnchored", name)


def test_only_an_anchored_batch_replaces_one(chain: Chain):
    chain.anchored(A, 1)

    name = chain.registry.functions.batchIdOf(chain.publisher.address, B).call()
    chain.refuses(supersede(chain, A, B), chain.publisher, "NotAnchored", name)


def test_another_publishers_batch_is_no_replacement(chain: Chain):
    chain.anchored(A, 1)
    chain.anchored(B, 1, chain.stranger)

    name = chain.registry.functions.batchIdOf(chain.publisher.address, B).call()
    chain.refuses(supersede(chain, A, B), chain.publisher, "NotAnchored", name)


def test_a_batch_is_replaced_once(chain: Chain):
    name = chain.anchored(A, 1)
    chain.anchored(B, 1)
    chain.anchored(C, 1)
    chain.send(supersede(chain, A, B), chain.publisher)

    chain.refuses(supersede(chain, A, C), chain.publisher, "AlreadySuperseded", name)


def test_replacements_never_form_a_cycle(chain: Chain):
    first = chain.anchored(A, 1)
    chain.anchored(B, 1)
    chain.anchored(C, 1)
    chain.send(supersede(chain, A, B), chain.publisher)
    chain.send(supersede(chain, B, C), chain.publisher)

    chain.refuses(supersede(chain, C, A), chain.publisher, "AlreadySuperseded", first)


def test_a_batch_does_not_replace_itself(chain: Chain):
    name = chain.anchored(A, 1)

    chain.refuses(supersede(chain, A, A), chain.publisher, "SupersedesItself", name)


def test_a_contributor_revokes_a_record(chain: Chain):
    proven = anchored_batch(chain)

    receipt = chain.send(revocation(chain, proven), chain.contributor)

    is_revoked = chain.registry.functions.isRevoked
    batch_id = chain.registry.functions.batchIdOf(
        proven.publisher.address, proven.batch_root
    ).call()
    assert is_revoked(chain.contributor.address, proven.record).call()
    assert not is_revoked(chain.stranger.address, proven.record).call()
    assert chain.events(chain.registry, "Revoked", receipt) == [
        {
            "contributor": chain.contributor.address,
            "recordDigest": proven.record,
            "batchId": batch_id,
        }
    ]


def test_the_status_of_batch_and_record_follows(chain: Chain):
    unknown, anchored, superseded, revoked = range(4)
    proven = anchored_batch(chain)
    functions = chain.registry.functions
    batch_id = functions.batchIdOf(proven.publisher.address, proven.batch_root).call()

    def statuses() -> tuple[int, int]:
        return functions.statusOf(batch_id).call(), record_status(chain, proven)

    assert functions.statusOf(digest("other")).call() == unknown
    assert statuses() == (anchored, anchored)
    chain.anchored(A, 1)
    chain.send(supersede(chain, proven.batch_root, A), chain.publisher)
    assert statuses() == (superseded, superseded)
    chain.send(revocation(chain, proven), chain.contributor)
    assert statuses() == (superseded, revoked)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("publisher", "0x000000000000000000000000000000000000bEEF"),
        ("record", digest("not there")),
        ("contributor", "0x000000000000000000000000000000000000bEEF"),
        ("submission_proof", []),
    ],
)
def test_a_record_that_is_not_held_has_no_status(chain: Chain, field, value):
    proven = anchored_batch(chain)
    chain.send(revocation(chain, proven), chain.contributor)

    assert record_status(chain, proven, **{field: value}) == 0


def test_a_record_is_revoked_once(chain: Chain):
    proven = anchored_batch(chain)
    chain.send(revocation(chain, proven), chain.contributor)

    chain.refuses(revocation(chain, proven), chain.contributor, "AlreadyRevoked", proven.record)


@pytest.mark.parametrize("who", ["publisher", "stranger", "governor"])
def test_nobody_else_revokes_a_record(chain: Chain, who):
    proven = anchored_batch(chain)

    chain.refuses(revocation(chain, proven), getattr(chain, who), "InvalidProof")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("record", digest("not there")),
        ("submission_root", digest("another")),
        ("count", 4),
        ("record_proof", []),
        ("submission_proof", []),
    ],
)
def test_revoking_takes_both_paths(chain: Chain, field, value):
    proven = anchored_batch(chain)

    call = revocation(chain, proven, **{field: value})

    chain.refuses(call, chain.contributor, "InvalidProof")


def test_revoking_takes_an_anchored_batch(chain: Chain):
    proven = anchored_batch(chain)
    name = chain.registry.functions.batchIdOf(chain.stranger.address, proven.batch_root).call()

    call = revocation(chain, proven, publisher=chain.stranger.address)

    chain.refuses(call, chain.contributor, "NotAnchored", name)
