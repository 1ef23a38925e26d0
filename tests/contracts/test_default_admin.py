"""ValidatorSet: the role that appoints governors, and how it is handed on."""

import pytest

from tests.contracts.evm import Evm
from tests.contracts.evm import Outcome
from tests.contracts.model import ADMIN_ROLE
from tests.contracts.model import GOVERNOR_ROLE
from tests.contracts.model import ZERO

DAY = 86_400
ENFORCED_RULES = ("AccessControlEnforcedDefaultAdminRules",)


@pytest.fixture
def admin(evm: Evm) -> str:
    return evm.chain.governor.address


@pytest.fixture
def successor(evm: Evm) -> str:
    return evm.chain.publisher.address


@pytest.fixture
def stranger(evm: Evm) -> str:
    return evm.chain.stranger.address


def ask(evm: Evm, name: str, *arguments: object):
    return evm.view("ValidatorSet", name, *arguments)


def do(evm: Evm, who: str, name: str, *arguments: object) -> Outcome:
    return evm.call(who, "ValidatorSet", name, *arguments)


def pass_time(evm: Evm, seconds: int) -> None:
    evm.number += 1
    evm.time += seconds


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("grantRole", (GOVERNOR_ROLE, ZERO)),
        ("revokeRole", (GOVERNOR_ROLE, ZERO)),
        ("beginDefaultAdminTransfer", (ZERO,)),
        ("cancelDefaultAdminTransfer", ()),
        ("changeDefaultAdminDelay", (0,)),
        ("rollbackDefaultAdminDelay", ()),
    ],
)
def test_only_the_default_admin_administers(evm: Evm, stranger, name, arguments):
    refused = do(evm, stranger, name, *arguments)

    assert refused.error == ("AccessControlUnauthorizedAccount", stranger, ADMIN_ROLE)


def test_a_governor_is_appointed_and_removed(evm: Evm, admin, successor):
    for _ in range(2):
        assert do(evm, admin, "grantRole", GOVERNOR_ROLE, successor).ok
        assert do(evm, successor, "setQuorum", 3).ok
    for _ in range(2):
        assert do(evm, admin, "revokeRole", GOVERNOR_ROLE, successor).ok

    refused = do(evm, successor, "setQuorum", 3)
    assert refused.error == ("AccessControlUnauthorizedAccount", successor, GOVERNOR_ROLE)


def test_the_admin_role_is_neither_granted_nor_revoked(evm: Evm, admin, successor):
    assert do(evm, admin, "grantRole", ADMIN_ROLE, successor).error == ENFORCED_RULES
    assert do(evm, admin, "revokeRole", ADMIN_ROLE, admin).error == ENFORCED_RULES


def test_a_role_is_renounced_by_its_holder_only(evm: Evm, admin, stranger):
    refused = do(evm, stranger, "renounceRole", GOVERNOR_ROLE, admin)
    assert refused.error == ("AccessControlBadConfirmation",)

    assert do(evm, admin, "renounceRole", GOVERNOR_ROLE, admin).ok
    assert do(evm, stranger, "renounceRole", ADMIN_ROLE, stranger).ok
    assert not ask(evm, "hasRole", GOVERNOR_ROLE, admin)
    assert ask(evm, "hasRole", ADMIN_ROLE, admin)


def test_the_admin_role_is_handed_on_after_a_day(evm: Evm, admin, successor):
    assert do(evm, admin, "beginDefaultAdminTransfer", successor).ok
    due = evm.time + DAY
    assert ask(evm, "pendingDefaultAdmin") == (successor, due)

    pass_time(evm, DAY)
    early = do(evm, successor, "acceptDefaultAdminTransfer")
    assert early.error == ("AccessControlEnforcedDefaultAdminDelay", due)
    pass_time(evm, 1)
    assert do(evm, successor, "acceptDefaultAdminTransfer").ok

    assert ask(evm, "defaultAdmin") == ask(evm, "owner") == successor
    assert not ask(evm, "hasRole", ADMIN_ROLE, admin)


def test_nobody_else_takes_the_admin_role(evm: Evm, admin, successor, stranger):
    do(evm, admin, "beginDefaultAdminTransfer", successor)
    pass_time(evm, DAY + 1)

    refused = do(evm, stranger, "acceptDefaultAdminTransfer")

    assert refused.error == ("AccessControlInvalidDefaultAdmin", stranger)


def test_the_zero_address_has_nothing_to_accept(evm: Evm):
    refused = do(evm, ZERO, "acceptDefaultAdminTransfer")

    assert refused.error == ("AccessControlEnforcedDefaultAdminDelay", 0)


def test_a_hand_over_is_cancelled(evm: Evm, admin, successor):
    do(evm, admin, "beginDefaultAdminTransfer", successor)
    assert len(do(evm, admin, "cancelDefaultAdminTransfer").logs) == 1
    assert len(do(evm, admin, "cancelDefaultAdminTransfer").logs) == 0
    pass_time(evm, DAY + 1)

    refused = do(evm, successor, "acceptDefaultAdminTransfer")

    assert refused.error == ("AccessControlInvalidDefaultAdmin", successor)


def test_a_second_hand_over_replaces_the_first(evm: Evm, admin, successor, stranger):
    do(evm, admin, "beginDefaultAdminTransfer", successor)

    assert len(do(evm, admin, "beginDefaultAdminTransfer", stranger).logs) == 2
    assert ask(evm, "pendingDefaultAdmin")[0] == stranger


def test_the_admin_role_is_given_up_by_handing_it_to_nobody(evm: Evm, admin, successor):
    def renounce():
        return do(evm, admin, "renounceRole", ADMIN_ROLE, admin)

    assert renounce().error == ("AccessControlEnforcedDefaultAdminDelay", 0)
    do(evm, admin, "beginDefaultAdminTransfer", successor)
    assert renounce().error == ("AccessControlEnforcedDefaultAdminDelay", evm.time + DAY)
    do(evm, admin, "beginDefaultAdminTransfer", ZERO)
    assert renounce().error == ("AccessControlEnforcedDefaultAdminDelay", evm.time + DAY)
    pass_time(evm, DAY + 1)
    assert renounce().ok

    assert ask(evm, "defaultAdmin") == ZERO
    assert ask(evm, "hasRole", GOVERNOR_ROLE, admin)


def test_a_longer_delay_holds_after_five_days_at_most(evm: Evm, admin):
    assert ask(evm, "defaultAdminDelayIncreaseWait") == 5 * DAY
    do(evm, admin, "changeDefaultAdminDelay", 10 * DAY)
    assert ask(evm, "pendingDefaultAdminDelay") == (10 * DAY, evm.time + 5 * DAY)
    assert ask(evm, "defaultAdminDelay") == DAY

    pass_time(evm, 5 * DAY + 1)

    assert ask(evm, "defaultAdminDelay") == 10 * DAY
    assert ask(evm, "pendingDefaultAdminDelay") == (0, 0)


def test_a_shorter_delay_holds_after_the_difference(evm: Evm, admin):
    do(evm, admin, "changeDefaultAdminDelay", DAY // 4)

    assert ask(evm, "pendingDefaultAdminDelay") == (DAY // 4, evm.time + DAY - DAY // 4)


def test_a_change_of_the_delay_is_rolled_back(evm: Evm, admin):
    do(evm, admin, "changeDefaultAdminDelay", 2 * DAY)
    assert len(do(evm, admin, "rollbackDefaultAdminDelay").logs) == 1
    assert len(do(evm, admin, "rollbackDefaultAdminDelay").logs) == 0
    pass_time(evm, 10 * DAY)

    assert ask(evm, "defaultAdminDelay") == DAY


def test_a_delay_that_holds_outlives_the_next_change(evm: Evm, admin):
    do(evm, admin, "changeDefaultAdminDelay", 2 * DAY)
    pass_time(evm, 2 * DAY + 1)
    do(evm, admin, "changeDefaultAdminDelay", 3 * DAY)

    assert ask(evm, "defaultAdminDelay") == 2 * DAY


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("01ffc9a7", True),  # ERC-165
        ("7965db0b", True),  # IAccessControl
        ("31498786", True),  # IAccessControlDefaultAdminRules
        ("ffffffff", False),
    ],
)
def test_its_interfaces_are_told(evm: Evm, interface, supported):
    assert ask(evm, "supportsInterface", bytes.fromhex(interface)) == supported


def test_a_second_change_of_the_delay_replaces_the_first(evm: Evm, admin):
    do(evm, admin, "changeDefaultAdminDelay", 2 * DAY)

    assert len(do(evm, admin, "changeDefaultAdminDelay", 3 * DAY).logs) == 2
    assert ask(evm, "pendingDefaultAdminDelay") == (3 * DAY, evm.time + 3 * DAY)


def test_a_delay_that_holds_is_not_rolled_back(evm: Evm, admin):
    do(evm, admin, "changeDefaultAdminDelay", 2 * DAY)
    pass_time(evm, 2 * DAY + 1)
    assert len(do(evm, admin, "rollbackDefaultAdminDelay").logs) == 0

    assert ask(evm, "defaultAdminDelay") == 2 * DAY


def test_no_change_of_the_delay_is_pending_at_first(evm: Evm):
    assert ask(evm, "pendingDefaultAdminDelay") == (0, 0)
