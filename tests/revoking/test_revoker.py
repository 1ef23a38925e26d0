"""A contributor takes back what is on chain; the node says what to send and follows it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from ledger import settings
from ledger.chain import connection
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.sender import RevertedError
from ledger.errors import NotFoundError
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.index.views import LedgerStatus
from ledger.node import Node
from ledger.revoking.errors import AlreadyRevokedError
from ledger.revoking.errors import AnotherTransactionError
from ledger.revoking.errors import NotAnchoredError
from tests.conftest import execution
from tests.revoking.contributed import funded
from tests.revoking.contributed import records_of
from tests.revoking.contributed import send
from tests.webapp.anvils import ledger_on_anvil

UNKNOWN = "0x" + "5e" * 32
DEPTH = 2


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("revoking") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0)) as found:
        found.connect()
        found.sync.step()
        yield found


@pytest.fixture(scope="module")
def alice(node: Node) -> LocalAccount:
    return funded(node.chain.w3)


def test_what_the_node_says_to_send_revokes_the_record(node: Node, alice: LocalAccount):
    cid, other = records_of(node, alice, 2)

    call = node.revocation_call(cid)
    before = node.revocation(cid)
    transaction = send(node.chain.w3, alice, call.model_dump())
    unread = node.revocation(cid, transaction)
    node.follow()
    after = node.revocation(cid, transaction)

    assert (call.contributor, call.to) == (alice.address, node.deployment.registry)
    assert (before.state, before.status) == ("none", LedgerStatus.ANCHORED)
    assert (unread.state, unread.status) == ("mined", LedgerStatus.ANCHORED)
    assert (after.state, after.status) == ("final", LedgerStatus.REVOKED)
    assert after.block_number == unread.block_number
    assert after.is_settled
    assert node.queries.row(other).status is LedgerStatus.ANCHORED
    assert node.queries.block(cid)


def test_whoever_forgot_the_transaction_learns_of_it_from_the_index(
    node: Node, alice: LocalAccount
):
    (cid,) = records_of(node, alice)
    send(node.chain.w3, alice, node.revocation_call(cid).model_dump())
    node.follow()

    found = node.revocation(cid)

    assert (found.state, found.transaction_hash) == ("final", None)
    assert found.block_number is not None


def test_nobody_else_can_send_it(node: Node, alice: LocalAccount):
    (cid,) = records_of(node, alice)
    call = node.revocation_call(cid)
    stranger = funded(node.chain.w3)

    transaction = send(node.chain.w3, stranger, call.model_dump())
    node.follow()

    assert node.queries.row(cid).status is LedgerStatus.ANCHORED
    with pytest.raises(AnotherTransactionError) as refused:
        node.revocation(cid, transaction)
    assert refused.value.hint


def test_the_transaction_of_another_record_is_not_taken_for_this_ones(
    node: Node, alice: LocalAccount
):
    one, other = records_of(node, alice, 2)
    transaction = send(node.chain.w3, alice, node.revocation_call(one).model_dump())

    with pytest.raises(AnotherTransactionError):
        node.revocation(other, transaction)


def test_a_transaction_that_nobody_knows_is_said_to_be_unknown(node: Node, alice: LocalAccount):
    (cid,) = records_of(node, alice)

    found = node.revocation(cid, UNKNOWN)

    assert (found.state, found.transaction_hash, found.is_settled) == ("unknown", None, False)


def test_what_the_contract_refused_is_told_and_can_be_sent_again(node: Node, alice: LocalAccount):
    (cid,) = records_of(node, alice)
    call = node.revocation_call(cid).model_dump()
    short = send(node.chain.w3, alice, call, gas=call["gas"] // 2)

    found = node.revocation(cid, short)
    again = send(node.chain.w3, alice, node.revocation_call(cid).model_dump())
    node.follow()

    assert (found.state, found.is_settled) == ("failed", True)
    assert node.revocation(cid, again).state == "final"


def test_nothing_is_revoked_twice(node: Node, alice: LocalAccount):
    (cid,) = records_of(node, alice)
    send(node.chain.w3, alice, node.revocation_call(cid).model_dump())

    with pytest.raises(RevertedError):  # the index has not come to it
        node.revocation_call(cid)
    node.follow()
    with pytest.raises(AlreadyRevokedError):
        node.revocation_call(cid)


def test_what_is_not_on_chain_cannot_be_revoked(node: Node):
    (cid,) = node.accept([execution("grep", "m4.2xlarge", 2, 77, 1)]).new

    for ask in (node.revocation_call, node.revocation, node.revoke):
        with pytest.raises(NotAnchoredError) as refused:
            ask(cid)
        assert refused.value.hint


def test_what_is_not_there_is_not_found(node: Node):
    with pytest.raises(NotFoundError):
        node.revocation_call("bafyreif4bqe7ylellpdjqg7vsg5h7m5qdpw2xgbx3cqd6ivh3f2pfdnuxu")


def test_a_key_of_this_node_revokes_and_sends_once_however_often_it_is_asked(node: Node):
    (cid,) = node.accept([execution("grep", "m4.2xlarge", 2, 78, 1)]).new
    node.submit([cid])
    node.cycle()
    contributor = node.queries.row(cid).contributor
    w3 = node.chain.w3
    before = w3.eth.get_transaction_count(contributor)

    sent = {node.revoke(cid) for _ in range(3)}
    node.follow()
    sent.add(node.revoke(cid))

    assert len(sent) == 1
    assert w3.eth.get_transaction_count(contributor) == before + 1
    assert node.revocation(cid, *sent).state == "final"


def test_a_node_without_the_contributors_key_does_not_send_it(node: Node, alice: LocalAccount):
    (cid,) = records_of(node, alice)

    with pytest.raises(SettingsError, match="no key"):
        node.revoke(cid)


def test_what_the_index_knows_is_told_while_the_chain_is_lost(home: Path):
    operator = dev_account(8)
    key = "0x" + operator.key.hex().removeprefix("0x")
    with Node(settings.load(home, app_port=0, chain_port=0)) as founder:
        founder.connect()
    with ExitStack() as lasting:
        chain = lasting.enter_context(connection.connect(settings.load(home, chain_port=0)))
        on_it = settings.load(home, app_port=0, rpc_url=chain.url, private_key=key)
        with Node(on_it) as node:
            node.connect()
            known, unread = node.accept(
                [execution("grep", "m4.2xlarge", 2, size, 1) for size in (81, 82)]
            ).new
            node.submit([known, unread])
            node.cycle()
            first = node.revoke(known)
            node.follow()
            second = node.revoke(unread)

            lasting.close()

            found = node.revocation(known, first)
            assert (found.status, found.transaction_hash) == (LedgerStatus.REVOKED, None)
            assert found.block_number is not None
            with pytest.raises(UnavailableError):
                node.revocation(unread, second)


def test_each_state_is_told_where_blocks_take_their_time(tmp_path: Path):
    with ledger_on_anvil(tmp_path, confirmations=DEPTH) as (node, chain):
        alice = chain.funded()
        (cid,) = records_of(node, alice)
        call = node.revocation_call(cid).model_dump()
        chain.ask("evm_setAutomine", False)
        transaction = send(chain.w3, alice, call)
        told = [node.revocation(cid, transaction)]
        chain.mine()
        node.follow()
        told.append(node.revocation(cid, transaction))
        chain.mine(DEPTH)
        node.follow()
        told.append(node.revocation(cid, transaction))

    assert [each.state for each in told] == ["sent", "mined", "final"]
    assert [each.is_settled for each in told] == [False, False, True]
    assert told[1].status is LedgerStatus.REVOKED
