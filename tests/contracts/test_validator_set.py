"""ValidatorSet: admission, bonds and leaving."""

import pytest

from tests.contracts.chain import BOND
from tests.contracts.chain import EXIT_DELAY
from tests.contracts.chain import Chain

NONE, ADMITTED, ACTIVE, EXITING, SLASHED = range(5)


def status(chain: Chain, account) -> int:
    return chain.validators.functions.validator(account.address).call()[0]


def active(chain: Chain, account) -> bool:
    answers = {
        chain.validators.functions.isActive(account.address).call(),
        chain.validators.functions.mayAttest(account.address).call(),
    }
    assert len(answers) == 1
    return answers.pop()


def admit(chain: Chain, account):
    return chain.validators.functions.admit(account.address)


def dismiss(chain: Chain, account):
    return chain.validators.functions.dismiss(account.address)


def test_governance_admits_a_validator(chain: Chain):
    receipt = chain.send(admit(chain, chain.validator), chain.governor)

    assert status(chain, chain.validator) == ADMITTED
    assert not active(chain, chain.validator)
    assert chain.events(chain.validators, "Admitted", receipt) == [
        {"validator": chain.validator.address}
    ]


@pytest.mark.parametrize("call", ["admit", "dismiss", "setQuorum", "setBond"])
@pytest.mark.parametrize("who", ["deployer", "stranger"])
def test_only_governance_governs(chain: Chain, call, who):
    argument = 3 if call.startswith("set") else chain.validator.address
    role = chain.validators.functions.GOVERNOR_ROLE().call()
    caller = getattr(chain, who)

    chain.refuses(
        chain.validators.functions[call](argument),
        caller,
        "AccessControlUnauthorizedAccount",
        caller.address,
        role,
    )


def test_an_account_is_admitted_once(chain: Chain):
    chain.send(admit(chain, chain.validator), chain.governor)

    chain.refuses(
        admit(chain, chain.validator),
        chain.governor,
        "WrongStatus",
        chain.validator.address,
        ADMITTED,
    )


def test_an_admitted_validator_joins_with_its_bond(chain: Chain):
    chain.send(admit(chain, chain.validator), chain.governor)

    receipt = chain.send(chain.validators.functions.join(), chain.validator, value=BOND)

    assert active(chain, chain.validator)
    assert chain.balance(chain.validators.address) == BOND
    assert chain.validators.functions.validator(chain.validator.address).call() == (
        ACTIVE,
        BOND,
        receipt["blockNumber"],
        0,
    )
    assert chain.events(chain.validators, "Joined", receipt) == [
        {"validator": chain.validator.address, "bond": BOND}
    ]


def test_nobody_joins_unadmitted(chain: Chain):
    chain.refuses(
        chain.validators.functions.join(),
        chain.stranger,
        "WrongStatus",
        chain.stranger.address,
        NONE,
        value=BOND,
    )


@pytest.mark.parametrize("value", [0, BOND - 1, BOND + 1])
def test_the_bond_is_exact(chain: Chain, value):
    chain.send(admit(chain, chain.validator), chain.governor)

    call = chain.validators.functions.join()

    chain.refuses(call, chain.validator, "WrongBond", BOND, value, value=value)


def test_a_validator_joins_once(chain: Chain):
    chain.joined(chain.validator)

    call = chain.validators.functions.join()

    chain.refuses(call, chain.validator, "WrongStatus", chain.validator.address, ACTIVE, value=BOND)


def test_leaving_stops_a_validator_and_keeps_its_bond(chain: Chain):
    chain.joined(chain.validator)

    receipt = chain.send(chain.validators.functions.requestExit(), chain.validator)

    left_at = chain.w3.eth.get_block(receipt["blockNumber"])["timestamp"]
    assert not active(chain, chain.validator)
    assert chain.balance(chain.validators.address) == BOND
    assert chain.events(chain.validators, "ExitRequested", receipt) == [
        {"validator": chain.validator.address, "withdrawableAt": left_at + EXIT_DELAY}
    ]


def test_only_an_active_validator_leaves(chain: Chain):
    chain.refuses(
        chain.validators.functions.requestExit(),
        chain.stranger,
        "WrongStatus",
        chain.stranger.address,
        NONE,
    )


def test_the_bond_stays_through_the_exit_delay(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    withdrawable_at = chain.validators.functions.validator(chain.validator.address).call()[3]
    chain.pass_time(EXIT_DELAY - 10)

    chain.refuses(
        chain.validators.functions.withdraw(chain.validator.address),
        chain.validator,
        "NotYetWithdrawable",
        withdrawable_at,
    )


def test_the_bond_comes_back_after_the_exit_delay(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY)
    before = chain.balance(chain.validator.address)

    receipt = chain.send(
        chain.validators.functions.withdraw(chain.validator.address), chain.validator
    )

    paid = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert chain.balance(chain.validator.address) == before + BOND - paid
    assert chain.balance(chain.validators.address) == 0
    assert status(chain, chain.validator) == NONE
    assert chain.events(chain.validators, "Withdrawn", receipt) == [
        {"validator": chain.validator.address, "bond": BOND}
    ]


def test_a_wallet_that_refuses_ether_has_its_bond_paid_elsewhere(chain: Chain):
    wallet = chain.test_contract("Wallet", chain.stranger.address, value=BOND)
    chain.send(admit(chain, wallet), chain.governor)
    chain.send_as(wallet, chain.validators.functions.join(), value=BOND)
    chain.send_as(wallet, chain.validators.functions.requestExit())
    chain.send(wallet.functions.refuseEther(True), chain.stranger)
    chain.pass_time(EXIT_DELAY)

    to_itself = chain.validators.functions.withdraw(wallet.address)
    execute = wallet.functions.execute
    call = execute(chain.validators.address, 0, to_itself._encode_transaction_data())
    chain.refuses(call, chain.stranger, "Refused")
    elsewhere = "0x000000000000000000000000000000000000bEEF"
    chain.send_as(wallet, chain.validators.functions.withdraw(elsewhere))

    assert chain.balance(elsewhere) == BOND


def test_a_bond_is_not_paid_to_nobody(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY)

    call = chain.validators.functions.withdraw("0x" + 40 * "0")

    chain.refuses(call, chain.validator, "ZeroRecipient")


def test_a_validator_that_left_can_be_admitted_again(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY)
    chain.send(chain.validators.functions.withdraw(chain.validator.address), chain.validator)

    chain.joined(chain.validator)

    assert active(chain, chain.validator)


def test_the_bond_comes_back_once(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY)
    chain.send(chain.validators.functions.withdraw(chain.validator.address), chain.validator)

    chain.refuses(
        chain.validators.functions.withdraw(chain.validator.address),
        chain.validator,
        "WrongStatus",
        chain.validator.address,
        NONE,
    )


def test_calling_back_from_the_payment_withdraws_nothing_more(chain: Chain):
    wallet = chain.test_contract("Reentrant", value=BOND)
    chain.joined(chain.validator)
    chain.send(admit(chain, wallet), chain.governor)
    chain.send_as(wallet, chain.validators.functions.join(), value=BOND)
    chain.send_as(wallet, chain.validators.functions.requestExit())
    chain.pass_time(EXIT_DELAY)

    chain.send_as(wallet, chain.validators.functions.withdraw(wallet.address))

    assert wallet.functions.reentered().call() == 1
    assert chain.balance(wallet.address) == BOND
    assert chain.balance(chain.validators.address) == BOND


def test_governance_dismisses_an_active_validator(chain: Chain):
    chain.joined(chain.validator)

    receipt = chain.send(dismiss(chain, chain.validator), chain.governor)

    assert status(chain, chain.validator) == EXITING
    assert chain.events(chain.validators, "Dismissed", receipt) == [
        {"validator": chain.validator.address}
    ]
    assert len(chain.events(chain.validators, "ExitRequested", receipt)) == 1


def test_a_dismissed_validator_gets_its_bond_back(chain: Chain):
    chain.joined(chain.validator)
    chain.send(dismiss(chain, chain.validator), chain.governor)
    chain.pass_time(EXIT_DELAY)

    receipt = chain.send(
        chain.validators.functions.withdraw(chain.validator.address), chain.validator
    )

    assert chain.events(chain.validators, "Withdrawn", receipt)[0]["bond"] == BOND


def test_governance_takes_an_admission_back(chain: Chain):
    chain.send(admit(chain, chain.validator), chain.governor)

    chain.send(dismiss(chain, chain.validator), chain.governor)

    assert status(chain, chain.validator) == NONE


def test_there_is_nothing_to_dismiss_in_a_stranger_or_a_leaver(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)

    for account, where in ((chain.stranger, NONE), (chain.validator, EXITING)):
        call = dismiss(chain, account)
        chain.refuses(call, chain.governor, "WrongStatus", account.address, where)


def test_nobody_but_the_attestations_slashes(chain: Chain):
    chain.joined(chain.validator)

    for caller in (chain.governor, chain.deployer, chain.stranger, chain.validator):
        call = chain.validators.functions.slash(chain.validator.address, caller.address)
        chain.refuses(call, caller, "NotSlasher", caller.address)


def test_there_is_no_reward_without_a_report(chain: Chain):
    chain.refuses(
        chain.validators.functions.claimReward(chain.stranger.address), chain.stranger, "NoReward"
    )


def test_ether_sent_by_mistake_is_refused(chain: Chain):
    transaction = {
        "from": chain.stranger.address,
        "to": chain.validators.address,
        "value": 1,
        "gas": 100_000,
    }

    receipt = chain.w3.eth.wait_for_transaction_receipt(chain.w3.eth.send_transaction(transaction))

    assert receipt["status"] == 0
    assert chain.balance(chain.validators.address) == 0
