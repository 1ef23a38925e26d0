"""What no chain should come to: the contracts refuse, and change nothing."""

import pytest
from eth_abi import encode
from eth_utils import keccak
from eth_utils import to_canonical_address

import contracts
from tests.contracts.chain import BOND
from tests.contracts.chain import EXIT_DELAY
from tests.contracts.chain import FAR
from tests.contracts.chain import digest
from tests.contracts.evm import Evm
from tests.contracts.evm import Outcome
from tests.contracts.model import ZERO
from tests.contracts.model import batch_name

ROOT, MANIFEST = digest("root"), digest("manifest")
BURN = to_canonical_address("0x000000000000000000000000000000000000dEaD")
HISTORIES = {"_bonds": "bondAt", "_quorums": "quorumAt", "_activeCounts": "activeCountAt"}

# Code that stands in for a contract: it returns 32 bytes, reverts, or returns nothing.
ANSWERS = {
    "nothing": bytes.fromhex("00"),
    "too little": bytes.fromhex("60016000f3"),
    "all ones": bytes.fromhex("60001960005260206000f3"),
    "a revert with a reason": bytes.fromhex("6320c0ffee60005260206000fd"),
    "a revert without one": bytes.fromhex("60006000fd"),
}


def account(evm: Evm, contract: str) -> bytes:
    return evm.interfaces[contract].address


def joined(evm: Evm) -> str:
    validator = evm.chain.validator.address
    assert evm.call(evm.chain.governor.address, "ValidatorSet", "admit", validator).ok
    assert evm.call(validator, "ValidatorSet", "join", value=BOND).ok
    evm.number += 1
    return validator


def attested(evm: Evm, validator: str) -> Outcome:
    batch = batch_name(evm.chain.publisher.address, ROOT)
    said = (batch, 1, ROOT, 3, 0, MANIFEST)
    return evm.call(validator, "Attestations", "attest", *said)


def equivocation(evm: Evm) -> tuple:
    chain, batch = evm.chain, digest("batch")
    said = [(digest(name), 3, 0) for name in "ab"]
    signatures = [
        chain.sign(chain.validator, "Verdicts", [batch, 1, *each], chain.attestations)
        for each in said
    ]
    return chain.validator.address, batch, 1, said[0], signatures[0], said[1], signatures[1]


@pytest.mark.parametrize("history", ["setQuorum", "setBond"])
def test_a_history_does_not_go_backwards(evm: Evm, history):
    governor = evm.chain.governor.address
    assert evm.call(governor, "ValidatorSet", history, 3).ok
    evm.number -= 1

    refused = evm.call(governor, "ValidatorSet", history, 4)

    assert refused.error == ("CheckpointUnorderedInsertion",)


def test_a_validators_history_does_not_go_backwards(evm: Evm):
    validator = joined(evm)
    evm.number -= 2

    refused = evm.call(validator, "ValidatorSet", "requestExit")

    assert refused.error == ("CheckpointUnorderedInsertion",)


def test_the_number_of_active_validators_does_not_go_backwards(evm: Evm):
    governor, other = evm.chain.governor.address, evm.chain.stranger.address
    joined(evm)
    evm.number -= 2
    assert evm.call(governor, "ValidatorSet", "admit", other).ok

    refused = evm.call(other, "ValidatorSet", "join", value=BOND)

    assert refused.error == ("CheckpointUnorderedInsertion",)


def test_block_numbers_beyond_48_bits_are_refused(evm: Evm):
    evm.number = 2**48

    refused = evm.call(evm.chain.governor.address, "ValidatorSet", "setQuorum", 3)

    assert refused.error == ("SafeCastOverflowedUintDowncast", 48, 2**48)


@pytest.mark.parametrize("name", ["setQuorum", "setBond"])
def test_the_last_block_number_has_no_next(evm: Evm, name):
    evm.number = 2**48 - 1

    assert not evm.call(evm.chain.governor.address, "ValidatorSet", name, 3).ok


def test_a_validator_does_not_leave_at_the_end_of_time(evm: Evm):
    validator = joined(evm)
    evm.time = 2**48 - EXIT_DELAY

    assert not evm.call(validator, "ValidatorSet", "requestExit").ok


@pytest.mark.parametrize("name", ["beginDefaultAdminTransfer", "changeDefaultAdminDelay"])
@pytest.mark.parametrize("time", [2**48, 2**48 - 1])
def test_governance_is_not_handed_on_at_the_end_of_time(evm: Evm, name, time):
    evm.time = time
    argument = ZERO if name.startswith("begin") else 5

    assert not evm.call(evm.chain.governor.address, "ValidatorSet", name, argument).ok


@pytest.mark.parametrize("paid", ["withdraw", "claimReward"])
def test_what_is_not_there_is_not_paid(evm: Evm, paid):
    payee = owed(evm, paid)
    evm.state.set_balance(account(evm, "ValidatorSet"), 1)

    refused = evm.call(payee, "ValidatorSet", paid, payee)

    amount = BOND if paid == "withdraw" else BOND // 4
    assert refused.error == ("InsufficientBalance", 1, amount)


@pytest.mark.parametrize("paid", ["withdraw", "claimReward"])
@pytest.mark.parametrize("answer", ["a revert with a reason", "a revert without one"])
def test_a_recipient_that_refuses_keeps_nothing_from_another(evm: Evm, paid, answer):
    payee = owed(evm, paid)
    recipient = "0x" + "77" * 20
    evm.state.set_code(to_canonical_address(recipient), ANSWERS[answer])

    refused = evm.call(payee, "ValidatorSet", paid, recipient)

    assert not refused.ok
    assert (refused.error == ("FailedCall",)) == (answer == "a revert without one")
    assert evm.call(payee, "ValidatorSet", paid, payee).ok


def owed(evm: Evm, paid: str) -> str:
    """Somebody whom the set owes ether, by its bond or by a reward."""
    validator = joined(evm)
    if paid == "claimReward":
        assert evm.call(validator, "Attestations", "proveEquivocation", *equivocation(evm)).ok
        return validator
    assert evm.call(validator, "ValidatorSet", "requestExit").ok
    evm.time += EXIT_DELAY
    return validator


@pytest.mark.parametrize("answer", ["a revert with a reason", "a revert without one"])
def test_a_bond_that_cannot_be_burned_is_not_taken(evm: Evm, answer):
    validator = joined(evm)
    evm.state.set_code(BURN, ANSWERS[answer])

    refused = evm.call(validator, "Attestations", "proveEquivocation", *equivocation(evm))

    assert not refused.ok
    assert evm.view("ValidatorSet", "validator", validator)[1] == BOND


def test_a_bond_that_is_not_there_is_not_burned(evm: Evm):
    validator = joined(evm)
    evm.state.set_balance(account(evm, "ValidatorSet"), 0)

    refused = evm.call(validator, "Attestations", "proveEquivocation", *equivocation(evm))

    assert refused.error[0] == "InsufficientBalance"


@pytest.mark.parametrize("contract", ["ContributionRegistry", "ValidatorSet"])
@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_attestations_believe_no_broken_contract(evm: Evm, contract, answer):
    validator = joined(evm)
    evm.call(evm.chain.publisher.address, "ContributionRegistry", "anchor", ROOT, 3, MANIFEST)
    evm.state.set_code(account(evm, contract), ANSWERS[answer])

    assert not attested(evm, validator).ok


@pytest.mark.parametrize("contract", ["ContributionRegistry", "ValidatorSet"])
def test_attestations_believe_no_vanished_contract(evm: Evm, contract):
    validator = joined(evm)
    evm.call(evm.chain.publisher.address, "ContributionRegistry", "anchor", ROOT, 3, MANIFEST)
    evm.state.set_code(account(evm, contract), b"")

    assert not attested(evm, validator).ok


def test_no_bond_is_slashed_in_a_vanished_validator_set(evm: Evm):
    evm.state.set_code(account(evm, "ValidatorSet"), b"")

    proof = equivocation(evm)

    assert not evm.call(evm.chain.stranger.address, "Attestations", "proveEquivocation", *proof).ok


@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_attestations_are_not_deployed_over_a_broken_validator_set(evm: Evm, answer):
    address = "0x" + "77" * 20
    evm.state.set_code(to_canonical_address(address), ANSWERS[answer])

    assert not deployed(evm, "Attestations", ["address"] * 2, [ZERO, address]).ok


def test_attestations_are_not_deployed_over_nothing(evm: Evm):
    assert not deployed(evm, "Attestations", ["address"] * 2, [ZERO, ZERO]).ok


def test_attestations_are_not_deployed_over_anothers_validator_set(evm: Evm):
    validators = evm.chain.validators.address

    refused = deployed(evm, "Attestations", ["address"] * 2, [ZERO, validators])

    assert refused.error == ("NotTheSlasher", evm.chain.attestations.address)


VALIDATOR_SET = ["address", "address", "uint32", "uint96", "uint48"]


@pytest.mark.parametrize(
    ("place", "value", "error"),
    [
        (0, ZERO, ("AccessControlInvalidDefaultAdmin", ZERO)),
        (1, ZERO, ("ZeroSlasher",)),
        (2, 0, ("ZeroQuorum",)),
        (3, 0, ("ZeroBond",)),
        (4, 0, ("InvalidExitDelay", 0)),
        (4, 2**48 - 1, ("InvalidExitDelay", 2**48 - 1)),
    ],
)
def test_a_validator_set_is_not_deployed_with(evm: Evm, place, value, error):
    arguments: list = ["0x" + "11" * 20, "0x" + "22" * 20, 1, 1, 1]
    arguments[place] = value

    assert deployed(evm, "ValidatorSet", VALIDATOR_SET, arguments).error == error


@pytest.mark.parametrize("place", range(5))
def test_a_constructors_arguments_fit_their_types(evm: Evm, place):
    words = [1] * 5
    words[place] = 2**256 - 1
    data = b"".join(word.to_bytes(32, "big") for word in words)
    code = contracts.load("ValidatorSet").bytecode

    assert evm.create(evm.chain.deployer.address, code + data).error == ()
    assert not evm.create(evm.chain.deployer.address, code + data).ok


def deployed(evm: Evm, name: str, types: list, arguments: list) -> Outcome:
    code = contracts.load(name).bytecode + encode(types, arguments)
    return evm.create(evm.chain.deployer.address, code)


@pytest.mark.parametrize("label", HISTORIES)
@pytest.mark.parametrize("bits", [3, 5, 7, 9, 17, 33, 65, 129])
def test_a_history_of_any_length_is_searched(evm: Evm, label, bits):
    """The contracts bisect; only the length is made up, by writing it into storage."""
    slot = contracts.load("ValidatorSet").slot(label)
    address, length = account(evm, "ValidatorSet"), 2**bits
    evm.state.set_storage(address, slot, length)
    first = int.from_bytes(keccak(slot.to_bytes(32, "big")), "big")
    last = (first + length - 1) % 2**256
    evm.state.set_storage(address, last, 7 << 48 | evm.number)

    assert evm.view("ValidatorSet", HISTORIES[label], evm.number) == 7
    assert evm.view("ValidatorSet", HISTORIES[label], evm.number - 1) != 7


@pytest.mark.parametrize("changes", [1, 5, 6, 12, 40])
def test_each_entry_of_a_history_is_found(evm: Evm, changes):
    governor, first = evm.chain.governor.address, evm.number
    for quorum in range(3, 3 + changes):
        assert evm.call(governor, "ValidatorSet", "setQuorum", quorum).ok
        evm.number += 2

    found = [evm.view("ValidatorSet", "quorumAt", block) for block in range(first, evm.number)]

    assert found == [2, *(quorum for quorum in range(3, 3 + changes) for _ in range(2))][:-1]


@pytest.mark.parametrize("action", ["anchorBySig", "attestBySig", "proveEquivocation", "anchor"])
def test_running_out_of_gas_changes_nothing(evm: Evm, action):
    """Wherever it happens: within ecrecover and the other contracts too."""
    chain = evm.chain
    joined(evm)
    evm.call(chain.publisher.address, "ContributionRegistry", "anchor", ROOT, 3, MANIFEST)
    contract, arguments = prepared(evm, action)
    interface = evm.interfaces[contract]
    data = interface.data(action, *arguments)
    before = evm.state.state_root

    snapshot = evm.snapshot()
    for gas in range(300, 200_000, 37):
        sent = evm.send(chain.stranger.address, interface.address, data, gas=gas)
        if sent.ok:
            break
        assert sent.logs == ()
        evm.revert(snapshot)
        snapshot = evm.snapshot()

    assert sent.ok
    assert gas > 20_000
    evm.revert(snapshot)
    assert evm.state.state_root == before


def prepared(evm: Evm, action: str) -> tuple[str, tuple]:
    chain, root = evm.chain, digest("another root")
    if action == "anchor":
        return "ContributionRegistry", (root, 3, MANIFEST)
    if action == "anchorBySig":
        values = [root, 3, MANIFEST, 0, FAR]
        signature = chain.sign(chain.publisher, "Anchor", values, chain.registry)
        anchor = (chain.publisher.address, root, 3, MANIFEST, FAR, signature)
        return "ContributionRegistry", anchor
    if action == "attestBySig":
        batch = batch_name(chain.publisher.address, ROOT)
        values = [batch, 1, ROOT, 3, 0, MANIFEST, FAR]
        signature = chain.sign(chain.validator, "Attest", values, chain.attestations)
        return "Attestations", (chain.validator.address, *values, signature)
    return "Attestations", equivocation(evm)


@pytest.mark.parametrize("place", [0, 1])
def test_attestations_are_deployed_over_addresses_only(evm: Evm, place):
    words = [b"\x01".rjust(32, b"\0")] * 2
    words[place] = b"\xff" * 32
    code = contracts.load("Attestations").bytecode

    assert evm.create(evm.chain.deployer.address, code + b"".join(words)).output == b""
    assert not evm.create(evm.chain.deployer.address, code + b"".join(words)).ok


@pytest.mark.parametrize("name", contracts.NAMES)
def test_no_contract_is_deployed_with_ether(evm: Evm, name):
    code = contracts.load(name).bytecode + bytes(320)

    refused = evm.create(evm.chain.deployer.address, code, value=1)

    assert (refused.ok, refused.output) == (False, b"")


@pytest.mark.parametrize("name", ["ValidatorSet", "Attestations"])
def test_no_contract_is_deployed_without_its_arguments(evm: Evm, name):
    code = contracts.load(name).bytecode

    refused = evm.create(evm.chain.deployer.address, code + bytes(31))

    assert (refused.ok, refused.output) == (False, b"")


def test_the_bond_of_now_is_found_in_a_long_history(evm: Evm):
    governor = evm.chain.governor.address
    for bond in range(1, 60):
        assert evm.call(governor, "ValidatorSet", "setBond", bond).ok
        evm.number += 1
        assert evm.view("ValidatorSet", "bond") == bond
    newest = evm.number
    for back in range(58):
        evm.number = newest - back
        assert evm.view("ValidatorSet", "bond") == 59 - back
