"""ValidatorSet: admission, bonds and leaving."""

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

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
        chain.validators.functions.withdraw(),
        chain.validator,
        "NotYetWithdrawable",
        withdrawable_at,
    )


def test_the_bond_comes_back_after_the_exit_delay(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY)
    before = chain.balance(chain.validator.address)

    receipt = chain.send(chain.validators.functions.withdraw(), chain.validator)

    paid = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert chain.balance(chain.validator.address) == before + BOND - paid
    assert chain.balance(chain.validators.address) == 0
    assert status(chain, chain.validator) == NONE
    assert chain.events(chain.validators, "Withdrawn", receipt) == [
        {"validator": chain.validator.address, "bond": BOND}
    ]


def test_a_validator_that_left_can_be_admitted_again(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY)
    chain.send(chain.validators.functions.withdraw(), chain.validator)

    chain.joined(chain.validator)

    assert active(chain, chain.validator)


def test_the_bond_comes_back_once(chain: Chain):
    chain.joined(chain.validator)
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    chain.pass_time(EXIT_DELAY)
    chain.send(chain.validators.functions.withdraw(), chain.validator)

    chain.refuses(
        chain.validators.functions.withdraw(),
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

    chain.send_as(wallet, chain.validators.functions.withdraw())

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

    receipt = chain.send(chain.validators.functions.withdraw(), chain.validator)

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
    chain.refuses(chain.validators.functions.claimReward(), chain.stranger, "NoReward")


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


ACTIONS = ["admit", "dismiss", "join", "requestExit", "withdraw", "raise bond"]


@given(steps=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2)), max_size=14))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_bonds_owed_never_exceed_the_balance(chain: Chain, steps):
    snapshot = chain.tester.take_snapshot()
    accounts = chain.accounts[4:7]
    for action, index in steps:
        attempt(chain, action, accounts[index])
        owed = sum(
            chain.validators.functions.validator(account.address).call()[1] for account in accounts
        )
        assert owed == chain.balance(chain.validators.address)
        chain.tester.mine_block()
        head = chain.w3.eth.block_number
        assert chain.validators.functions.activeCountAt(head).call() == sum(
            active(chain, account) for account in accounts
        )
    chain.tester.revert_to_snapshot(snapshot)


def attempt(chain: Chain, action: str, account) -> None:
    """Does what the validator's status allows, else nothing."""
    functions = chain.validators.functions
    where = status(chain, account)
    if action == "admit" and where == NONE:
        chain.send(admit(chain, account), chain.governor)
    elif action == "dismiss" and where in (ADMITTED, ACTIVE):
        chain.send(dismiss(chain, account), chain.governor)
    elif action == "join" and where == ADMITTED:
        chain.send(functions.join(), account, value=functions.bond().call())
    elif action == "requestExit" and where == ACTIVE:
        chain.send(functions.requestExit(), account)
    elif action == "withdraw" and where == EXITING:
        chain.pass_time(EXIT_DELAY)
        chain.send(functions.withdraw(), account)
    elif action == "raise bond":
        chain.send(functions.setBond(functions.bond().call() + 1), chain.governor)
