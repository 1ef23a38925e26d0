"""ValidatorSet: quorum, bond, and who governs."""

import pytest
from eth_tester.exceptions import TransactionFailed
from eth_utils import keccak

import contracts
from tests.contracts.chain import BOND
from tests.contracts.chain import EXIT_DELAY
from tests.contracts.chain import QUORUM
from tests.contracts.chain import Chain
from tests.contracts.chain import digest


def quorum_at(chain: Chain, block: int) -> int:
    return int(chain.validators.functions.quorumAt(block).call())


def test_the_first_quorum_holds_from_the_first_block(chain: Chain):
    assert quorum_at(chain, 0) == QUORUM
    assert quorum_at(chain, chain.w3.eth.block_number) == QUORUM


def test_a_new_quorum_holds_from_the_next_block(chain: Chain):
    receipt = chain.send(chain.validators.functions.setQuorum(5), chain.governor)
    changed = receipt["blockNumber"]
    chain.pass_time(1)

    assert [quorum_at(chain, block) for block in (changed - 1, changed, changed + 1)] == [
        QUORUM,
        QUORUM,
        5,
    ]
    assert chain.events(chain.validators, "QuorumSet", receipt) == [
        {"fromBlock": changed + 1, "quorum": 5}
    ]


def test_a_batch_anchored_in_the_block_of_a_change_keeps_its_quorum(chain: Chain):
    chain.tester.disable_auto_mine_transactions()
    anchor = chain.registry.functions.anchor(digest("root"), 1, digest("manifest"))
    anchor.transact({"from": chain.publisher.address, "gas": 100_000})
    change = chain.validators.functions.setQuorum(5)
    change.transact({"from": chain.governor.address, "gas": 100_000})
    chain.tester.enable_auto_mine_transactions()

    batch_id = chain.registry.functions.batchIdOf(chain.publisher.address, digest("root")).call()
    anchored_in = chain.registry.functions.batch(batch_id).call()[0]
    assert len(chain.w3.eth.get_block(anchored_in)["transactions"]) == 2
    assert quorum_at(chain, anchored_in) == QUORUM


def test_the_quorum_of_a_future_block_is_not_told(chain: Chain):
    head = chain.w3.eth.block_number

    functions = chain.validators.functions
    for call in (
        functions.quorumAt(head + 1),
        functions.activeCountAt(head + 1),
        functions.bondAt(head + 1),
        functions.stakeAt(chain.validator.address, head + 1),
    ):
        chain.refuses(call, chain.stranger, "FutureBlock", head + 1, head)


def test_a_quorum_is_at_least_one(chain: Chain):
    chain.refuses(chain.validators.functions.setQuorum(0), chain.governor, "ZeroQuorum")


def test_the_active_validators_of_past_blocks_are_known(chain: Chain):
    chain.joined(chain.validator)
    first = chain.w3.eth.block_number
    chain.joined(chain.stranger)
    second = chain.w3.eth.block_number
    chain.send(chain.validators.functions.requestExit(), chain.validator)
    third = chain.w3.eth.block_number
    chain.pass_time(1)

    count_at = chain.validators.functions.activeCountAt
    counts = [count_at(block + 1).call() for block in (0, first, second, third)]
    assert counts == [0, 1, 2, 1]


def test_a_new_bond_is_for_those_who_join_later(chain: Chain):
    chain.joined(chain.validator)

    receipt = chain.send(chain.validators.functions.setBond(BOND * 2), chain.governor)
    changed = receipt["blockNumber"]
    chain.pass_time(1)

    bond_at = chain.validators.functions.bondAt
    assert [bond_at(block).call() for block in (0, changed, changed + 1)] == [BOND, BOND, BOND * 2]
    assert chain.validators.functions.bond().call() == BOND * 2
    assert chain.validators.functions.validator(chain.validator.address).call()[1] == BOND
    assert chain.events(chain.validators, "BondSet", receipt) == [
        {"fromBlock": changed + 1, "bond": BOND * 2}
    ]


def test_who_joins_in_the_block_of_a_change_posts_the_bond_of_before(chain: Chain):
    chain.send(chain.validators.functions.admit(chain.validator.address), chain.governor)
    chain.tester.disable_auto_mine_transactions()
    change = chain.validators.functions.setBond(1)
    change.transact({"from": chain.governor.address, "gas": 200_000})
    join = chain.validators.functions.join()
    join.transact({"from": chain.validator.address, "gas": 300_000, "value": BOND})
    chain.tester.enable_auto_mine_transactions()

    assert len(chain.w3.eth.get_block("latest")["transactions"]) == 2
    assert chain.validators.functions.validator(chain.validator.address).call()[1] == BOND


def test_what_a_validator_had_at_stake_is_known_of_every_block(chain: Chain):
    functions = chain.validators.functions
    chain.joined(chain.validator)
    joined = chain.w3.eth.block_number
    chain.pass_time(1)
    chain.send(functions.requestExit(), chain.validator)
    left = chain.w3.eth.block_number
    chain.pass_time(EXIT_DELAY)
    chain.send(functions.withdraw(chain.validator.address), chain.validator)
    chain.pass_time(1)

    blocks = (joined - 1, joined, joined + 1, left, left + 1, chain.w3.eth.block_number)
    stakes = [functions.stakeAt(chain.validator.address, block).call() for block in blocks]

    assert stakes == [0, 0, BOND, BOND, 0, 0]


def test_a_bond_is_not_zero(chain: Chain):
    chain.refuses(chain.validators.functions.setBond(0), chain.governor, "ZeroBond")


def test_what_was_deployed_is_told(chain: Chain):
    functions = chain.validators.functions

    assert functions.exitDelay().call() == EXIT_DELAY
    assert functions.slasher().call() == chain.attestations.address
    assert functions.defaultAdmin().call() == chain.governor.address


def test_the_deployer_keeps_no_role(chain: Chain):
    functions = chain.validators.functions

    for role in (functions.GOVERNOR_ROLE().call(), functions.DEFAULT_ADMIN_ROLE().call()):
        assert functions.hasRole(role, chain.governor.address).call()
        assert not functions.hasRole(role, chain.deployer.address).call()


def test_governance_is_handed_over_in_two_steps(chain: Chain):
    functions = chain.validators.functions
    successor = chain.accounts[6]
    chain.send(functions.beginDefaultAdminTransfer(successor.address), chain.governor)

    with pytest.raises(TransactionFailed):
        functions.acceptDefaultAdminTransfer().call({"from": successor.address})
    chain.pass_time(functions.ADMIN_DELAY().call() + 10)
    chain.send(functions.acceptDefaultAdminTransfer(), successor)

    assert functions.defaultAdmin().call() == successor.address


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"slasher": "0x" + 40 * "0"}, ("ZeroSlasher",)),
        ({"quorum": 0}, ("ZeroQuorum",)),
        ({"bond": 0}, ("ZeroBond",)),
        ({"delay": 0}, ("InvalidExitDelay", 0)),
        ({"delay": 365 * 86_400 + 1}, ("InvalidExitDelay", 365 * 86_400 + 1)),
    ],
)
def test_a_validator_set_is_not_deployed_with(chain: Chain, changed, error):
    arguments = {
        "governor": chain.governor.address,
        "slasher": chain.attestations.address,
        "quorum": 1,
        "bond": 1,
        "delay": 1,
    } | changed
    artefact = contracts.load("ValidatorSet")
    factory = chain.w3.eth.contract(abi=artefact.abi, bytecode=artefact.bytecode)

    with pytest.raises(TransactionFailed) as caught:
        factory.constructor(*arguments.values()).transact({"from": chain.deployer.address})

    assert chain.error(caught.value) == error


def test_the_quorum_can_be_read_from_storage(chain: Chain):
    """As an offline proof does, from what eth_getProof returns (see contracts/README.md)."""
    chain.send(chain.validators.functions.setQuorum(9), chain.governor)
    changed = chain.w3.eth.block_number
    slot = contracts.load("ValidatorSet").slot("_quorums")
    address = chain.validators.address

    def word(position: int) -> int:
        return int.from_bytes(chain.w3.eth.get_storage_at(address, position), "big")

    first = int.from_bytes(keccak(slot.to_bytes(32, "big")), "big")
    checkpoints = [divmod(word(first + index), 2**48) for index in range(word(slot))]
    assert checkpoints == [(QUORUM, 0), (9, changed + 1)]
