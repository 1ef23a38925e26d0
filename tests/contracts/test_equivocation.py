"""Attestations and ValidatorSet: two verdict roots under one sequence number cost the bond."""

import pytest

from tests.contracts.chain import BOND
from tests.contracts.chain import EXIT_DELAY
from tests.contracts.chain import Chain
from tests.contracts.chain import digest
from tests.contracts.chain import malleated

BATCH = digest("batch")
A = (digest("root a"), 8, 2)
B = (digest("root b"), 10, 0)
SLASHED = 4
BURN = "0x000000000000000000000000000000000000dEaD"


def signed(chain: Chain, said, *, signer=None, batch=BATCH, sequence=1, verifier=None):
    return chain.sign(
        signer or chain.validator,
        "Verdicts",
        [batch, sequence, *said],
        verifier or chain.attestations,
    )


def proof(chain: Chain, signature_a=None, signature_b=None, *, a=A, b=B, validator=None):
    return chain.attestations.functions.proveEquivocation(
        (validator or chain.validator).address,
        BATCH,
        1,
        a,
        signature_a or signed(chain, a),
        b,
        signature_b or signed(chain, b),
    )


def test_anyone_proves_equivocation(chain: Chain):
    chain.joined(chain.validator)
    burned = chain.balance(BURN)

    receipt = chain.send(proof(chain), chain.stranger)

    functions = chain.validators.functions
    assert functions.validator(chain.validator.address).call()[:2] == (SLASHED, 0)
    assert not functions.isActive(chain.validator.address).call()
    assert functions.rewardOf(chain.stranger.address).call() == BOND // 4
    assert chain.balance(BURN) == burned + BOND - BOND // 4
    assert chain.events(chain.attestations, "Equivocated", receipt) == [
        {
            "batchId": BATCH,
            "validator": chain.validator.address,
            "reporter": chain.stranger.address,
            "sequence": 1,
            "rootA": A[0],
            "rootB": B[0],
        }
    ]
    assert chain.events(chain.validators, "Slashed", receipt) == [
        {
            "validator": chain.validator.address,
            "reporter": chain.stranger.address,
            "reward": BOND // 4,
            "burned": BOND - BOND // 4,
        }
    ]


def test_the_reporter_claims_the_reward_once(chain: Chain):
    chain.joined(chain.validator)
    chain.send(proof(chain), chain.stranger)
    before = chain.balance(chain.stranger.address)

    receipt = chain.send(
        chain.validators.functions.claimReward(chain.stranger.address), chain.stranger
    )

    paid = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert chain.balance(chain.stranger.address) == before + BOND // 4 - paid
    assert chain.balance(chain.validators.address) == 0
    assert chain.events(chain.validators, "RewardClaimed", receipt) == [
        {"reporter": chain.stranger.address, "amount": BOND // 4}
    ]
    chain.refuses(
        chain.validators.functions.claimReward(chain.stranger.address), chain.stranger, "NoReward"
    )


def test_a_reporter_that_refuses_ether_does_not_stop_the_slashing(chain: Chain):
    chain.joined(chain.validator)
    wallet = chain.test_contract("Wallet", chain.stranger.address)
    chain.send(wallet.functions.refuseEther(True), chain.stranger)

    chain.send_as(wallet, proof(chain))

    assert chain.validators.functions.rewardOf(wallet.address).call() == BOND // 4


def test_calling_back_from_the_reward_claims_nothing_more(chain: Chain):
    wallet = chain.test_contract("Reentrant")
    chain.joined(chain.validator)
    chain.joined(chain.accounts[6])
    chain.send_as(wallet, proof(chain))

    chain.send_as(wallet, chain.validators.functions.claimReward(wallet.address))

    assert wallet.functions.reentered().call() == 1
    assert chain.balance(wallet.address) == BOND // 4
    assert chain.balance(chain.validators.address) == BOND


def test_a_bond_is_slashed_once(chain: Chain):
    chain.joined(chain.validator)
    chain.send(proof(chain), chain.stranger)

    chain.refuses(proof(chain), chain.stranger, "WrongStatus", chain.validator.address, SLASHED)


def test_a_slashed_validator_never_comes_back(chain: Chain):
    chain.joined(chain.validator)
    chain.send(proof(chain), chain.stranger)

    call = chain.validators.functions.admit(chain.validator.address)

    chain.refuses(call, chain.governor, "WrongStatus", chain.validator.address, SLASHED)


def test_a_bond_is_slashable_through_the_exit_delay(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY + 1)

    chain.send(proof(chain), chain.stranger)

    chain.refuses(
        chain.validators.functions.withdraw(chain.validator.address),
        chain.validator,
        "WrongStatus",
        chain.validator.address,
        SLASHED,
    )


def test_slashing_lowers_the_active_count_once(chain: Chain):
    chain.joined(chain.validator)
    chain.joined(chain.accounts[6])
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.send(proof(chain), chain.stranger)
    chain.send(
        proof(
            chain,
            signed(chain, A, signer=chain.accounts[6]),
            signed(chain, B, signer=chain.accounts[6]),
            validator=chain.accounts[6],
        ),
        chain.stranger,
    )
    chain.tester.mine_block()

    head = chain.w3.eth.block_number
    assert chain.validators.functions.activeCountAt(head).call() == 0


@pytest.mark.parametrize("admitted", [True, False])
def test_there_is_nothing_to_slash_without_a_bond(chain: Chain, admitted):
    if admitted:
        chain.send(chain.validators.functions.admit(chain.validator.address), chain.governor)

    chain.refuses(
        proof(chain), chain.stranger, "WrongStatus", chain.validator.address, int(admitted)
    )


def test_signing_the_same_root_twice_is_no_offence(chain: Chain):
    chain.joined(chain.validator)

    chain.refuses(proof(chain, b=A), chain.stranger, "SameRoot", A[0])


def test_a_correction_is_no_offence(chain: Chain):
    chain.joined(chain.validator)
    corrected = signed(chain, B, sequence=2)

    call = proof(chain, signature_b=corrected)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_verdicts_on_another_batch_are_no_offence(chain: Chain):
    chain.joined(chain.validator)
    elsewhere = signed(chain, B, batch=digest("another batch"))

    call = proof(chain, signature_b=elsewhere)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


@pytest.mark.parametrize("which", ["signature_a", "signature_b"])
def test_both_signatures_have_to_be_the_validators(chain: Chain, which):
    chain.joined(chain.validator)
    forged = signed(chain, A if which == "signature_a" else B, signer=chain.stranger)

    call = proof(chain, **{which: forged})

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_signatures_for_another_contract_prove_nothing(chain: Chain):
    chain.joined(chain.validator)
    elsewhere = signed(chain, A, verifier=chain.registry)

    call = proof(chain, signature_a=elsewhere)

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_a_malleated_signature_proves_nothing(chain: Chain):
    chain.joined(chain.validator)

    call = proof(chain, signature_a=malleated(signed(chain, A)))

    chain.refuses(call, chain.stranger, "InvalidSignature", chain.validator.address)


def test_a_contract_wallet_is_slashed_by_its_owners_signatures(chain: Chain):
    wallet = chain.test_contract("Wallet", chain.publisher.address, value=BOND)
    chain.send(chain.validators.functions.admit(wallet.address), chain.governor)
    chain.send_as(wallet, chain.validators.functions.join(), value=BOND)

    call = proof(
        chain,
        signed(chain, A, signer=chain.publisher),
        signed(chain, B, signer=chain.publisher),
        validator=wallet,
    )
    chain.send(call, chain.stranger)

    assert chain.validators.functions.validator(wallet.address).call()[0] == SLASHED


def test_a_key_does_not_disown_its_signatures_by_delegating(chain: Chain):
    """EIP-7702: the validator gives its account code that answers no to every signature."""
    chain.joined(chain.validator)
    denier = chain.test_contract("Wallet", "0x" + 40 * "0")
    nonce = chain.w3.eth.get_transaction_count(chain.validator.address)
    authorization = chain.validator.sign_authorization(
        {"chainId": chain.w3.eth.chain_id, "address": denier.address, "nonce": nonce}
    )
    chain.send_delegation(authorization)
    assert chain.w3.eth.get_code(chain.validator.address) != b""

    receipt = chain.send(proof(chain), chain.stranger)

    assert len(chain.events(chain.validators, "Slashed", receipt)) == 1
