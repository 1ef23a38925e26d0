"""ContributionRegistry: anchoring, by transaction and by signature."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.chain import FAR
from tests.contracts.chain import Chain
from tests.contracts.chain import digest
from tests.contracts.chain import malleated

ROOT = digest("root")
MANIFEST = digest("manifest")
COUNT = 1000


def signed_anchor(chain, signer=None, *, publisher=None, deadline=FAR, signature=None, nonce=0):
    signer = signer or chain.publisher
    values = [ROOT, COUNT, MANIFEST, nonce, deadline]
    given = signature or chain.sign(signer, "Anchor", values, chain.registry)
    return chain.registry.functions.anchorBySig(
        publisher or signer.address, ROOT, COUNT, MANIFEST, deadline, given
    )


def test_a_batch_is_named_by_its_publisher_and_its_root(chain: Chain):
    expected = keccak(encode(["address", "bytes32"], [chain.publisher.address, ROOT]))

    assert chain.registry.functions.batchIdOf(chain.publisher.address, ROOT).call() == expected


def test_an_anchor_leaves_block_time_and_count(chain: Chain):
    receipt = chain.send(chain.registry.functions.anchor(ROOT, COUNT, MANIFEST), chain.publisher)

    block = chain.w3.eth.get_block(receipt["blockNumber"])
    batch_id = chain.registry.functions.batchIdOf(chain.publisher.address, ROOT).call()
    assert chain.registry.functions.batch(batch_id).call() == (
        block["number"],
        block["timestamp"],
        COUNT,
    )
    assert chain.registry.functions.recordCountIn(batch_id).call() == COUNT


def test_an_anchor_is_announced(chain: Chain):
    receipt = chain.send(chain.registry.functions.anchor(ROOT, COUNT, MANIFEST), chain.publisher)

    assert chain.events(chain.registry, "Anchored", receipt) == [
        {
            "batchId": chain.registry.functions.batchIdOf(chain.publisher.address, ROOT).call(),
            "publisher": chain.publisher.address,
            "root": ROOT,
            "manifestDigest": MANIFEST,
            "count": COUNT,
        }
    ]


def test_anchor_returns_the_name(chain: Chain):
    name = chain.registry.functions.anchor(ROOT, COUNT, MANIFEST).call(
        {"from": chain.publisher.address}
    )

    assert name == chain.registry.functions.batchIdOf(chain.publisher.address, ROOT).call()


def test_an_unknown_batch_is_all_zero(chain: Chain):
    assert chain.registry.functions.batch(digest("unknown")).call() == (0, 0, 0)


def test_a_batch_needs_a_root(chain: Chain):
    call = chain.registry.functions.anchor(bytes(32), COUNT, MANIFEST)
    chain.refuses(call, chain.publisher, "ZeroRoot")


def test_a_batch_needs_records(chain: Chain):
    call = chain.registry.functions.anchor(ROOT, 0, MANIFEST)
    chain.refuses(call, chain.publisher, "ZeroCount")


def test_a_publisher_anchors_a_root_once(chain: Chain):
    batch_id = chain.anchored(ROOT, COUNT)

    call = chain.registry.functions.anchor(ROOT, COUNT + 1, digest("another manifest"))
    chain.refuses(call, chain.publisher, "AlreadyAnchored", batch_id)


def test_copying_a_root_first_does_not_block_its_publisher(chain: Chain):
    chain.send(chain.registry.functions.anchor(ROOT, 1, digest("worthless")), chain.stranger)

    batch_id = chain.anchored(ROOT, COUNT)

    assert chain.registry.functions.batch(batch_id).call()[2] == COUNT


def test_a_relayer_anchors_for_the_publisher(chain: Chain):
    receipt = chain.send(signed_anchor(chain), chain.stranger)

    (event,) = chain.events(chain.registry, "Anchored", receipt)
    assert event["publisher"] == chain.publisher.address
    assert event["count"] == COUNT


def test_a_signature_is_good_for_one_anchor(chain: Chain):
    chain.send(signed_anchor(chain), chain.stranger)

    batch_id = chain.registry.functions.batchIdOf(chain.publisher.address, ROOT).call()
    chain.refuses(signed_anchor(chain), chain.stranger, "AlreadyAnchored", batch_id)


def test_several_signatures_may_be_used_in_any_order(chain: Chain):
    roots = [digest("first"), digest("second"), digest("third")]
    calls = [
        chain.registry.functions.anchorBySig(
            chain.publisher.address,
            root,
            COUNT,
            MANIFEST,
            FAR,
            chain.sign(chain.publisher, "Anchor", [root, COUNT, MANIFEST, 0, FAR], chain.registry),
        )
        for root in roots
    ]

    receipts = [chain.send(call, chain.stranger) for call in reversed(calls)]

    assert [receipt["status"] for receipt in receipts] == [1, 1, 1]


def test_a_signature_expires(chain: Chain):
    deadline = chain.w3.eth.get_block("latest")["timestamp"] - 1

    chain.refuses(
        signed_anchor(chain, deadline=deadline), chain.stranger, "SignatureExpired", deadline
    )


def test_a_publisher_voids_outstanding_signatures(chain: Chain):
    call = signed_anchor(chain)

    receipt = chain.send(chain.registry.functions.voidNonce(), chain.publisher)

    assert chain.events(chain.registry, "NonceVoided", receipt) == [
        {"publisher": chain.publisher.address, "nonce": 0}
    ]
    assert chain.registry.functions.nonces(chain.publisher.address).call() == 1
    chain.refuses(call, chain.stranger, "InvalidSignature", chain.publisher.address)


def test_signatures_over_the_new_nonce_count_after_voiding(chain: Chain):
    chain.send(chain.registry.functions.voidNonce(), chain.publisher)

    assert chain.send(signed_anchor(chain, nonce=1), chain.stranger)["status"] == 1


def test_a_signature_by_another_key_is_refused(chain: Chain):
    call = signed_anchor(chain, chain.stranger, publisher=chain.publisher.address)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.publisher.address)


@pytest.mark.parametrize("changed", ["root", "count", "manifestDigest", "nonce", "deadline"])
def test_a_signature_over_other_values_is_refused(chain: Chain, changed):
    values = {
        "root": ROOT,
        "count": COUNT,
        "manifestDigest": MANIFEST,
        "nonce": 0,
        "deadline": FAR,
    }
    values[changed] = digest("other") if isinstance(values[changed], bytes) else values[changed] + 1
    signature = chain.sign(chain.publisher, "Anchor", list(values.values()), chain.registry)

    call = signed_anchor(chain, signature=signature)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.publisher.address)


def test_a_signature_for_another_contract_is_refused(chain: Chain):
    values = [ROOT, COUNT, MANIFEST, 0, FAR]
    signature = chain.sign(chain.publisher, "Anchor", values, chain.attestations)

    call = signed_anchor(chain, signature=signature)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.publisher.address)


def test_a_malleated_signature_is_refused(chain: Chain):
    signature = chain.sign(
        chain.publisher, "Anchor", [ROOT, COUNT, MANIFEST, 0, FAR], chain.registry
    )

    call = signed_anchor(chain, signature=malleated(signature))

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.publisher.address)


@pytest.mark.parametrize("signature", [b"\0" * 65, b"\1" * 64, b"", b"\xff" * 66])
def test_the_zero_address_publishes_nothing(chain: Chain, signature):
    zero = "0x" + 40 * "0"

    call = chain.registry.functions.anchorBySig(zero, ROOT, COUNT, MANIFEST, FAR, signature)

    chain.refuses(call, chain.stranger, "InvalidSignature", zero)


def test_a_contract_wallet_publishes_by_its_owners_signature(chain: Chain):
    wallet = chain.test_contract("Wallet", chain.publisher.address)

    receipt = chain.send(signed_anchor(chain, publisher=wallet.address), chain.stranger)

    (event,) = chain.events(chain.registry, "Anchored", receipt)
    assert event["publisher"] == wallet.address


def test_a_contract_wallet_refuses_another_keys_signature(chain: Chain):
    wallet = chain.test_contract("Wallet", chain.publisher.address)

    call = signed_anchor(chain, chain.stranger, publisher=wallet.address)

    chain.refuses(call, chain.stranger, "InvalidSignature", wallet.address)
