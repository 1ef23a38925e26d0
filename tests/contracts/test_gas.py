"""What the design promises about gas; every bound holds whatever the values are."""

import pytest

from tests.contracts.chain import Chain

# No byte is zero, which makes calldata as dear as it gets.
ROOT = bytes(range(1, 33))
MANIFEST = b"\xfe" * 32
COUNTS = [1, 1_000_000, 0xF1F2F3F4]


@pytest.mark.parametrize("count", COUNTS)
def test_an_anchor_takes_50000_at_most(chain: Chain, count):
    call = chain.registry.functions.anchor(ROOT, count, MANIFEST)

    assert chain.send(call, chain.publisher)["gasUsed"] <= 50_000


@pytest.mark.parametrize("count", COUNTS)
def test_an_anchor_by_signature_takes_75000_at_most(chain: Chain, count):
    deadline = 0xFFFF_FFFF
    values = [ROOT, count, MANIFEST, 0, deadline]
    signature = chain.sign(chain.publisher, "Anchor", values, chain.registry)

    call = chain.registry.functions.anchorBySig(
        chain.publisher.address, ROOT, count, MANIFEST, deadline, signature
    )

    assert chain.send(call, chain.stranger)["gasUsed"] <= 75_000


@pytest.mark.parametrize("count", COUNTS)
def test_a_first_attestation_takes_60000_and_a_later_one_45000_at_most(chain: Chain, count):
    batch_id = chain.anchored(ROOT, count)
    chain.joined(chain.validator)
    accepted = count - count // 8
    gas = [
        chain.send(
            chain.attestations.functions.attest(
                batch_id, sequence, MANIFEST, accepted, count // 8, ROOT
            ),
            chain.validator,
        )["gasUsed"]
        for sequence in (0x01010101, 0x01010102)
    ]

    assert gas[0] <= 60_000
    assert gas[1] <= 45_000


@pytest.mark.parametrize("name", ["ContributionRegistry", "ValidatorSet", "Attestations"])
def test_a_deployment_takes_less_than_2500000(chain: Chain, name):
    receipt = chain.w3.eth.get_transaction_receipt(chain.deployed[name].tx_hash)

    assert receipt["gasUsed"] < 2_500_000
