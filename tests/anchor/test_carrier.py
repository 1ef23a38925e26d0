"""The carrier anchors each batch once, whatever becomes of transactions and their answers."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from filelock import FileLock
from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint
from web3.types import RPCResponse

from ledger.anchor.carrier import Carrier
from ledger.anchor.contributions import Contribution
from ledger.anchor.outbox.batches import BatchState
from ledger.anchor.outbox.batches import OutboundBatch
from ledger.chain.contracts import LedgerContracts
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.endpoint import Endpoint
from ledger.chain.finality import final_block
from ledger.chain.sender import Sender
from ledger.chain.sender import TransactionSigner
from ledger.chain.signers import LocalSigner
from ledger.errors import UnavailableError
from ledger.node import Node
from tests.anchor.homes import anchored_records
from tests.anchor.homes import pay
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings
from tests.chain.devchain.process import serving

SEND = "eth_sendRawTransaction"
WAY_TO_THE_NODE, WAY_BACK = "way to the node", "way back"


class Unreliable(JSONBaseProvider):
    """Loses one sent transaction, or the answer to it."""

    def __init__(
        self, reliable: Any, lost_on: str, also: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__()
        self._reliable = reliable
        self._lost_on: str | None = lost_on
        self._also = also

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method != SEND or self._lost_on is None:
            return self._reliable.make_request(method, params)
        if self._lost_on == WAY_BACK:
            self._reliable.make_request(method, params)
        self._lost_on = None
        self._also()
        raise UnavailableError("the chain does not answer")


class NothingFinalized(JSONBaseProvider):
    """A network that has not finalised anything, or does not know what that is."""

    def __init__(self, provider: Any, error: str | None = None) -> None:
        super().__init__()
        self._provider = provider
        self._error = error
        self.block: str | None = None

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if params[:1] != ["finalized"] and params[:1] != ("finalized",):
            return self._provider.make_request(method, params)
        if self._error is not None:
            error = {"code": -32602, "message": self._error}
            return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]
        if self.block is None:
            return {"jsonrpc": "2.0", "id": 1, "result": None}
        return self._provider.make_request(method, [self.block, False])


def carrier(node: Node, *, w3: Web3 | None = None, signer: TransactionSigner | None = None):
    chain = w3 or node.chain.w3
    return Carrier(
        outbox=node.outbox,
        store=node.blocks,
        contracts=LedgerContracts(chain, node.deployment),
        sender=Sender(
            chain,
            signer or node.signer(),
            journal=node.outbox.transactions,
            chain_id=node.deployment.chain_id,
            max_fee_gwei=200,
        ),
        lock=FileLock(node.settings.home / "carrier.lock"),
        max_records=node.settings.batch_records,
        confirmations=node.settings.depth_of_finality,
    )


def contribute(node: Node, count: int = 2, first: int = 0) -> str:
    return node.submit(node.accept(runs(count, first)).new)


def only_batch(node: Node) -> OutboundBatch:
    (batch,) = node.outbox.batches.all()
    return batch


def transactions_of(node: Node) -> int:
    address = Web3.to_checksum_address(node.signer().address)
    return node.chain.w3.eth.get_transaction_count(address)


def assert_anchored_once(node: Node, batches: int = 1) -> None:
    states = {batch.state for batch in node.outbox.batches.all()}
    counted = anchored_records(node)

    assert states == {BatchState.FINAL}
    assert set(counted.values()) == {1}
    assert len(node.contracts.registry.events.Anchored.get_logs(from_block=0)) == batches


def test_a_contribution_is_carried_to_the_end_in_one_step(node: Node):
    contribution = contribute(node)

    carried = node.carrier.step()

    assert (carried.built, carried.anchored, carried.waiting, carried.problems) == (1, 1, 0, ())
    found = node.contribution(contribution)
    assert (found.state, found.count, found.problem) == ("final", 2, "")
    assert found.batch_id == "0x" + only_batch(node).id.hex()
    assert_anchored_once(node)


def test_nothing_to_carry_costs_nothing(node: Node):
    carried = node.carrier.step()

    assert (carried.built, carried.anchored, carried.waiting) == (0, 0, 0)
    assert transactions_of(node) == 0


def test_submissions_share_a_batch_up_to_its_size_and_are_never_split(node: Node):
    for place, count in enumerate((1, 1, 1, 3, 1)):
        contribute(node, count, first=10 * place)

    carried = node.carrier.step()

    assert [batch.count for batch in node.outbox.batches.all()] == [2, 1, 3, 1]
    assert carried.anchored == 4
    assert_anchored_once(node, batches=4)


@pytest.mark.parametrize("lost_on", [WAY_TO_THE_NODE, WAY_BACK])
def test_a_lost_message_is_followed_by_the_same_transaction(node: Node, lost_on: str):
    contribution = contribute(node)
    unreliable = carrier(node, w3=Web3(Unreliable(node.chain.w3.provider, lost_on)))

    first = unreliable.step()
    sent = only_batch(node)
    second = unreliable.step()

    assert (first.waiting, first.problems) == (1, ("the chain does not answer",))
    assert sent.state is BatchState.BUILT
    assert second.problems == ()
    assert node.contribution(contribution).transaction_hash == "0x" + sent.transaction_hash.hex()
    assert transactions_of(node) == 1
    assert_anchored_once(node)


def test_a_batch_thought_undone_goes_on_with_its_transaction(home: Path):
    with Node(template_settings(home, confirmations=1)) as node:
        contribute(node)
        node.carrier.step()
        batch = only_batch(node)

        node.outbox.batches.mark_undone(batch.id)
        node.carrier.step()

        assert only_batch(node) == batch
        assert transactions_of(node) == 1


def test_a_transaction_of_a_key_that_is_gone_is_waited_for(home: Path):
    with Node(template_settings(home)) as node:
        contribute(node)
        carrier(node, w3=Web3(Unreliable(node.chain.w3.provider, WAY_TO_THE_NODE))).step()
        sent = only_batch(node)
        other = LocalSigner(dev_account(2))

        carrier(node, signer=other).step()

        anchored = only_batch(node)
        assert (anchored.publisher, anchored.transaction_hash) == (
            sent.publisher,
            sent.transaction_hash,
        )
        assert_anchored_once(node)


def test_a_nonce_that_another_transaction_took_is_replaced(node: Node):
    contribute(node)
    carrier(node, w3=Web3(Unreliable(node.chain.w3.provider, WAY_TO_THE_NODE))).step()
    lost = only_batch(node)
    pay(node, dev_account(1), dev_account(2).address, 1)

    node.carrier.step()

    assert transactions_of(node) == 2
    assert only_batch(node).transaction_hash != lost.transaction_hash
    assert_anchored_once(node)


class Stingy:
    """Offers so little gas the first time that the transaction fails in its block."""

    def __init__(self, signer: LocalSigner) -> None:
        self._signer = signer
        self._first = True

    @property
    def address(self) -> str:
        return self._signer.address

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        if self._first:
            self._first = False
            transaction = {**transaction, "gas": 30_000}
        return self._signer.sign_transaction(transaction)


def test_a_transaction_that_was_reverted_is_replaced(node: Node):
    contribution = contribute(node)
    stingy = carrier(node, signer=Stingy(node.signer()))

    first = stingy.step()
    told: Contribution = node.contribution(contribution)
    stingy.step()

    assert (first.anchored, first.problems) == (0, ("the transaction was reverted",))
    assert (told.state, told.transaction_hash) == ("batched", None)
    assert transactions_of(node) == 2
    assert_anchored_once(node)


def test_an_anchor_that_the_outbox_forgot_is_adopted(node: Node):
    """As when the outbox comes out of a backup: the contract refuses the root a second time."""
    contribute(node)
    node.carrier.step()
    anchored = only_batch(node)

    node.outbox.batches.mark_undone(anchored.id)
    node.carrier.step()

    adopted = only_batch(node)
    assert adopted.transaction_hash == anchored.transaction_hash
    assert transactions_of(node) == 1
    assert_anchored_once(node)


def test_without_funds_the_batch_says_so_and_goes_on_once_there_are_some(home: Path):
    poor = Account.create()
    with Node(template_settings(home, private_key="0x" + poor.key.hex())) as node:
        contribution = contribute(node)

        broke = node.carrier.step()
        told = node.contribution(contribution)
        pay(node, dev_account(0), poor.address, 10**18)
        node.carrier.step()

        assert broke.problems == (f"{poor.address} cannot pay for the transaction",)
        assert (told.state, told.problem) == ("batched", broke.problems[0])
        assert node.contribution(contribution).problem == ""
        assert_anchored_once(node)


def test_a_batch_built_under_another_key_is_anchored_under_the_new_one(home: Path):
    with Node(template_settings(home, private_key="0x" + Account.create().key.hex())) as node:
        contribution = contribute(node)
        node.carrier.step()
        built = only_batch(node)
    with Node(template_settings(home)) as node:
        node.carrier.step()

        batch = only_batch(node)
        assert built.publisher != batch.publisher == node.signer().address
        assert node.contribution(contribution).batch_id == "0x" + batch.id.hex()
        (log,) = node.contracts.registry.events.Anchored.get_logs(from_block=0)
        assert log["args"]["batchId"] == batch.id
        assert_anchored_once(node)


def test_a_batch_is_final_only_once_enough_blocks_are_on_top(home: Path):
    with Node(template_settings(home, confirmations=2)) as node:
        contribution = contribute(node)
        states = []
        for _ in range(3):
            node.carrier.step()
            states.append(node.contribution(contribution).state)
            pay(node, dev_account(3), dev_account(4).address, 1)

        assert states == ["anchored", "anchored", "final"]
        assert_anchored_once(node)


@pytest.mark.parametrize(("confirmations", "state"), [(1, "anchored"), (0, "final")])
def test_an_anchor_whose_block_left_the_chain_is_sent_again(
    home: Path, confirmations: int, state: str
):
    chosen = template_settings(home, confirmations=confirmations)
    before = home.with_name("chain-before")
    shutil.copytree(chosen.chain_path.parent, before)
    with Node(chosen) as node:
        contribution = contribute(node)
        node.carrier.step()
        assert node.contribution(contribution).state == state
    shutil.rmtree(chosen.chain_path.parent)
    shutil.copytree(before, chosen.chain_path.parent)
    with Node(chosen) as node:
        pay(node, dev_account(3), dev_account(4).address, 1)
        assert not anchored_records(node)

        node.carrier.step()
        pay(node, dev_account(3), dev_account(4).address, 1)
        node.carrier.step()

        assert node.contribution(contribution).state == "final"
        assert_anchored_once(node)


def test_without_confirmations_a_network_says_itself_what_is_final(home: Path):
    with Node(template_settings(home)) as dev:
        dev.connect()
        with Node(remote(home, dev.chain.url)) as node:
            contribution = contribute(node)
            finalized = NothingFinalized(Endpoint(dev.chain.url))

            carrier(node, w3=Web3(finalized)).step()
            assert node.contribution(contribution).state == "anchored"

            finalized.block = hex(dev.chain.w3.eth.block_number)
            carrier(node, w3=Web3(finalized)).step()
            assert node.contribution(contribution).state == "final"


def test_a_network_without_finality_needs_a_number_of_confirmations(home: Path):
    with Node(template_settings(home)) as node:
        w3 = Web3(NothingFinalized(node.chain.w3.provider, error="unknown block tag"))

        with pytest.raises(UnavailableError) as caught:
            final_block(w3, None, head=7)

    assert "PERFLEDGER_CONFIRMATIONS" in caught.value.hint
    assert final_block(w3, 3, head=7) == 4


def test_a_home_signs_and_sends_for_one_ledger_only(home: Path):
    with Node(template_settings(home)) as node:
        contribute(node)
        elsewhere = node.deployment.model_copy(update={"chain_id": 5})

        with pytest.raises(WrongLedgerError, match="belongs to the ledger eip155:1337:") as caught:
            node.outbox.bind(elsewhere)
    assert "--home" in caught.value.hint


def test_a_carrier_that_cannot_work_does_not_hold_up_the_index(home: Path):
    with Node(template_settings(home)) as node:
        contribute(node)
        node.cycle()
    with Node(template_settings(home, private_key="not a key")) as node:
        node.contracts.require_code()
        pay(node, dev_account(3), dev_account(4).address, 1)

        carried, synced = node.cycle()

        assert carried.problems == ("PERFLEDGER_PRIVATE_KEY is not a private key",)
        assert synced.to_block == node.chain.w3.eth.block_number


def test_records_whose_anchor_was_undone_are_shown_as_pending_again(home: Path):
    chosen = template_settings(home)
    before = home.with_name("chain-before")
    with Node(chosen) as node:
        node.connect()
    shutil.copytree(chosen.chain_path.parent, before)
    with Node(chosen) as node:
        contribute(node)
        node.cycle()
        assert node.queries.overview().by_status["anchored"] == 2
    shutil.rmtree(chosen.chain_path.parent)
    shutil.copytree(before, chosen.chain_path.parent)
    with Node(template_settings(home, private_key="not a key")) as node:
        pay(node, dev_account(3), dev_account(4).address, 1)
        node.cycle()
        assert node.queries.overview().by_status["pending"] == 2
    with Node(chosen) as node:
        node.cycle()
        assert node.queries.overview().by_status["anchored"] == 2


def test_the_highest_block_tells_first_whether_final_batches_were_undone(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    chosen = template_settings(home, confirmations=0)
    with Node(chosen) as node:
        contribute(node, 2)
        contribute(node, 2, first=10)
        picky = carrier(node)
        attempts: list[str] = []
        advance = picky._sender.advance

        def refuse_the_first(purpose: str, call: Any) -> Any:
            attempts.append(purpose)
            if len(attempts) == 1:
                raise UnavailableError("not now")
            return advance(purpose, call)

        monkeypatch.setattr(picky._sender, "advance", refuse_the_first)
        picky.step()  # the second is anchored, and the first is not
        before = home.with_name("chain-before")
    shutil.copytree(chosen.chain_path.parent, before)
    with Node(chosen) as node:
        node.carrier.step()
        first, second = node.outbox.batches.all()
        assert first.state == second.state == BatchState.FINAL
        assert first.block_number > second.block_number  # type: ignore[operator]
    shutil.rmtree(chosen.chain_path.parent)
    shutil.copytree(before, chosen.chain_path.parent)
    with Node(chosen) as node:
        pay(node, dev_account(3), dev_account(4).address, 1)
        for _ in range(2):
            node.carrier.step()

        assert_anchored_once(node, batches=2)


def test_a_receipt_without_an_anchor_is_no_anchor(home: Path):
    """As where another chain stands behind the address: a call to no code succeeds."""
    with Node(template_settings(home)) as node:
        contribution = contribute(node)
        nowhere = node.deployment.model_copy(update={"registry": "0x" + "11" * 20})
        lost = carrier(node)
        lost._contracts = LedgerContracts(node.chain.w3, nowhere)

        carried = lost.step()

        assert carried.anchored == 0
        assert "anchored nothing" in carried.problems[0]
        assert node.contribution(contribution).state == "batched"


def test_a_key_whose_transaction_can_never_be_mined_is_not_waited_for(home: Path):
    with Node(template_settings(home)) as node:
        contribute(node)
        carrier(node, w3=Web3(Unreliable(node.chain.w3.provider, WAY_TO_THE_NODE))).step()
        pay(node, dev_account(1), dev_account(2).address, 1)  # its nonce is used

        carrier(node, signer=LocalSigner(dev_account(2))).step()

        assert only_batch(node).publisher == dev_account(2).address
        assert_anchored_once(node)


def test_one_batch_in_trouble_does_not_hold_up_the_others(node: Node):
    contribute(node, 2)
    contribute(node, 2, first=10)
    lossy = carrier(node, w3=Web3(Unreliable(node.chain.w3.provider, WAY_TO_THE_NODE)))

    first = lossy.step()

    assert (first.built, first.anchored, first.waiting) == (2, 1, 1)
    lossy.step()
    assert_anchored_once(node, batches=2)


@pytest.mark.slow
def test_two_processes_that_carry_at_the_same_time_anchor_each_batch_once(node: Node):
    for place in range(6):
        contribute(node, 2, first=10 * place)
    node.connect()  # this process serves the chain
    command = [sys.executable, "-m", "tests.anchor.carrying", str(node.settings.home)]

    carriers = [subprocess.Popen(command) for _ in range(2)]

    assert [each.wait(timeout=120) for each in carriers] == [0, 0]
    assert transactions_of(node) == 6
    assert_anchored_once(node, batches=6)


@pytest.mark.slow
@pytest.mark.parametrize("lost_on", [WAY_TO_THE_NODE, WAY_BACK])
def test_a_chain_that_is_killed_while_it_takes_a_transaction(home: Path, lost_on: str):
    chosen = template_settings(home)
    with serving(chosen.chain_path) as server, Node(remote(chosen.home, server.url)) as node:
        contribute(node)
        dying = Web3(Unreliable(Endpoint(server.url), lost_on, also=server.kill))

        broken = carrier(node, w3=dying).step()
        still_broken = carrier(node, w3=Web3(Endpoint(server.url))).step()

        assert broken.problems == ("the chain does not answer",)
        assert still_broken.problems[0].startswith(f"the chain does not answer at {server.url}")
        assert only_batch(node).state is BatchState.BUILT
    with Node(chosen) as node:
        node.carrier.step()

        assert transactions_of(node) == 1
        assert_anchored_once(node)


def remote(home: Path, url: str) -> Any:
    """The same ledger, its chain behind an endpoint."""
    key = "0x" + dev_account(1).key.hex().removeprefix("0x")
    return template_settings(home, rpc_url=url, private_key=key)
