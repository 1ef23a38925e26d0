"""Attestations: attesting, correcting, and checking single verdicts."""

import pytest

from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from tests.contracts.chain import FAR
from tests.contracts.chain import Chain
from tests.contracts.chain import digest
from tests.contracts.chain import malleated

VERDICT = ["bytes32", "bool", "uint16"]
ROOT, REPORT = digest("verdicts"), digest("report")
COUNT = 10


@pytest.fixture
def batch_id(chain: Chain) -> bytes:
    chain.joined(chain.validator)
    return chain.anchored(digest("root"), COUNT)


def attest(chain: Chain, batch_id, sequence=1, *, root=ROOT, accepted=8, rejected=2):
    return chain.attestations.functions.attest(batch_id, sequence, root, accepted, rejected, REPORT)


def attest_by_sig(chain: Chain, batch_id, signer, *, validator=None, deadline=FAR, signature=None):
    values = [batch_id, 1, ROOT, 8, 2, REPORT, deadline]
    given = signature or chain.sign(signer, "Attest", values, chain.attestations)
    account = validator or signer.address
    return chain.attestations.functions.attestBySig(account, *values, given)


def standing(chain: Chain, batch_id, account=None):
    address = (account or chain.validator).address
    return tuple(chain.attestations.functions.attestation(batch_id, address).call())


def test_a_validator_attests_a_batch(chain: Chain, batch_id):
    receipt = chain.send(attest(chain, batch_id), chain.validator)

    commitment = chain.attestations.functions.commitmentTo((ROOT, 8, 2, REPORT)).call()
    assert standing(chain, batch_id) == (1, commitment)
    assert chain.events(chain.attestations, "Attested", receipt) == [
        {
            "batchId": batch_id,
            "validator": chain.validator.address,
            "sequence": 1,
            "verdictRoot": ROOT,
            "accepted": 8,
            "rejected": 2,
            "reportDigest": REPORT,
        }
    ]


def test_a_validator_that_did_not_attest_has_no_attestation(chain: Chain, batch_id):
    assert standing(chain, batch_id) == (0, bytes(28))


def test_a_correction_replaces_an_attestation(chain: Chain, batch_id):
    chain.send(attest(chain, batch_id), chain.validator)

    chain.send(attest(chain, batch_id, 7, accepted=9, rejected=1), chain.validator)

    commitment = chain.attestations.functions.commitmentTo((ROOT, 9, 1, REPORT)).call()
    assert standing(chain, batch_id) == (7, commitment)


@pytest.mark.parametrize(("first", "second"), [(1, 1), (5, 4), (5, 0)])
def test_a_correction_has_a_higher_sequence(chain: Chain, batch_id, first, second):
    chain.send(attest(chain, batch_id, first), chain.validator)

    chain.refuses(attest(chain, batch_id, second), chain.validator, "StaleSequence", first, second)


def test_sequences_start_at_one(chain: Chain, batch_id):
    chain.refuses(attest(chain, batch_id, 0), chain.validator, "StaleSequence", 0, 0)


def test_validators_do_not_disturb_each_other(chain: Chain, batch_id):
    other = chain.joined(chain.accounts[6])
    chain.send(attest(chain, batch_id), chain.validator)

    chain.send(attest(chain, batch_id, root=digest("other")), other)

    assert standing(chain, batch_id) != standing(chain, batch_id, other)


def test_there_is_nothing_to_attest_before_the_anchor(chain: Chain, batch_id):
    unknown = digest("unknown")

    chain.refuses(attest(chain, unknown), chain.validator, "NotAnchored", unknown)


@pytest.mark.parametrize(
    ("accepted", "rejected"), [(8, 1), (8, 3), (0, 0), (2**32 - 1, 11), (2**32 - 1, 2**32 - 1)]
)
def test_every_record_gets_a_verdict(chain: Chain, batch_id, accepted, rejected):
    call = attest(chain, batch_id, accepted=accepted, rejected=rejected)

    chain.refuses(call, chain.validator, "CountMismatch", COUNT, accepted + rejected)


@pytest.mark.parametrize("who", ["stranger", "governor", "publisher"])
def test_only_validators_attest(chain: Chain, batch_id, who):
    caller = getattr(chain, who)

    chain.refuses(attest(chain, batch_id), caller, "NotActive", caller.address)


def test_a_validator_that_is_leaving_does_not_attest(chain: Chain, batch_id):
    chain.send(chain.validators.functions.requestExit(), chain.validator)

    chain.refuses(attest(chain, batch_id), chain.validator, "NotActive", chain.validator.address)


def test_a_dismissed_validator_does_not_attest(chain: Chain, batch_id):
    chain.send(chain.validators.functions.dismiss(chain.validator.address), chain.governor)

    call = attest_by_sig(chain, batch_id, chain.validator)
    chain.refuses(call, chain.stranger, "NotActive", chain.validator.address)


def test_a_relayer_attests_for_the_validator(chain: Chain, batch_id):
    receipt = chain.send(attest_by_sig(chain, batch_id, chain.validator), chain.stranger)

    (event,) = chain.events(chain.attestations, "Attested", receipt)
    assert event["validator"] == chain.validator.address


def test_a_signature_is_good_for_one_attestation(chain: Chain, batch_id):
    call = attest_by_sig(chain, batch_id, chain.validator)
    chain.send(call, chain.stranger)

    chain.refuses(call, chain.stranger, "StaleSequence", 1, 1)


def test_a_later_attestation_voids_earlier_signatures(chain: Chain, batch_id):
    call = attest_by_sig(chain, batch_id, chain.validator)
    chain.send(attest(chain, batch_id, 2), chain.validator)

    chain.refuses(call, chain.stranger, "StaleSequence", 2, 1)


def test_a_signature_expires(chain: Chain, batch_id):
    deadline = chain.w3.eth.get_block("latest")["timestamp"] - 1

    call = attest_by_sig(chain, batch_id, chain.validator, deadline=deadline)

    chain.refuses(call, chain.stranger, "SignatureExpired", deadline)


@pytest.mark.parametrize("field", range(7))
def test_a_signature_over_other_values_is_refused(chain: Chain, batch_id, field):
    values = [batch_id, 1, ROOT, 8, 2, REPORT, FAR]
    values[field] = digest("x") if isinstance(values[field], bytes) else values[field] + 1
    signature = chain.sign(chain.validator, "Attest", values, chain.attestations)

    call = attest_by_sig(chain, batch_id, chain.validator, signature=signature)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_a_signature_for_another_contract_is_refused(chain: Chain, batch_id):
    values = [batch_id, 1, ROOT, 8, 2, REPORT, FAR]
    signature = chain.sign(chain.validator, "Attest", values, chain.registry)

    call = attest_by_sig(chain, batch_id, chain.validator, signature=signature)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_a_malleated_signature_is_refused(chain: Chain, batch_id):
    values = [batch_id, 1, ROOT, 8, 2, REPORT, FAR]
    signature = chain.sign(chain.validator, "Attest", values, chain.attestations)

    call = attest_by_sig(chain, batch_id, chain.validator, signature=malleated(signature))

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_another_key_does_not_sign_for_a_validator(chain: Chain, batch_id):
    call = attest_by_sig(chain, batch_id, chain.stranger, validator=chain.validator.address)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_a_contract_wallet_attests_by_its_owners_signature(chain: Chain, batch_id):
    wallet = chain.test_contract("Wallet", chain.stranger.address, value=10**18)
    chain.send(chain.validators.functions.admit(wallet.address), chain.governor)
    chain.send_as(wallet, chain.validators.functions.join(), value=10**18)

    call = attest_by_sig(chain, batch_id, chain.stranger, validator=wallet.address)
    receipt = chain.send(call, chain.publisher)

    (event,) = chain.events(chain.attestations, "Attested", receipt)
    assert event["validator"] == wallet.address


class Attested:
    """A batch of ten with a verdict on each record, attested by the validator."""

    def __init__(self, chain: Chain, batch_id: bytes) -> None:
        self.chain = chain
        self.batch_id = batch_id
        self.verdicts = [
            (digest(f"record {number}"), number < 8, 0 if number < 8 else 3)
            for number in range(COUNT)
        ]
        self.tree = StandardMerkleTree.of([leaf_hash(VERDICT, each) for each in self.verdicts])
        self.said = (self.tree.root, 8, 2, REPORT)
        chain.send(attest(chain, batch_id, root=self.tree.root), chain.validator)

    def verify(self, index: int, **changed: object) -> bool:
        values = {
            "batch_id": self.batch_id,
            "validator": self.chain.validator.address,
            "said": self.said,
            "verdict": self.verdicts[index],
            "proof": self.tree.proof(index),
        } | changed
        return bool(self.chain.attestations.functions.verifyVerdict(*values.values()).call())


def test_each_verdict_verifies(chain: Chain, batch_id):
    attested = Attested(chain, batch_id)

    assert all(attested.verify(index) for index in range(COUNT))


def test_other_verdicts_do_not_verify(chain: Chain, batch_id):
    attested = Attested(chain, batch_id)
    record = attested.verdicts[0][0]

    assert not attested.verify(0, verdict=(record, False, 3))
    assert not attested.verify(0, verdict=(digest("other"), True, 0))
    assert not attested.verify(0, proof=attested.tree.proof(1))
    assert not attested.verify(0, batch_id=digest("other"))
    assert not attested.verify(0, validator=chain.stranger.address)
    assert not attested.verify(0, said=(attested.tree.root, 9, 1, REPORT))


def test_a_verdict_that_was_corrected_away_does_not_verify(chain: Chain, batch_id):
    attested = Attested(chain, batch_id)
    chain.send(attest(chain, batch_id, 2), chain.validator)

    assert not attested.verify(0)


@pytest.mark.parametrize("verdict", [(digest("r"), True, 3), (digest("r"), False, 0)])
def test_a_reason_goes_with_rejection_only(chain: Chain, batch_id, verdict):
    root = leaf_hash(VERDICT, verdict)
    chain.send(attest(chain, batch_id, root=root), chain.validator)

    call = chain.attestations.functions.verifyVerdict(
        batch_id, chain.validator.address, (root, 8, 2, REPORT), verdict, []
    )

    assert not call.call()


def test_the_verdicts_digest_is_what_a_validator_signs(chain: Chain, batch_id):
    values = [batch_id, 1, ROOT, 8, 2]
    signed = chain.attestations.functions.verdictsDigest(*values).call()

    signature = bytes(chain.validator.unsafe_sign_hash(signed).signature)

    assert signature == chain.sign(chain.validator, "Verdicts", values, chain.attestations)
