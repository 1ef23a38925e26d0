"""Transactions of one key: priced, signed, kept, sent, replaced when stuck, mined once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import Web3RPCError

from ledger.anchor.outbox import Outbox
from ledger.chain.contracts import LedgerContracts
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.fees import FeeTooHighError
from ledger.chain.refusals import Refusal
from ledger.chain.refusals import refusal
from ledger.chain.sender import PATIENCE_BLOCKS
from ledger.chain.sender import OutOfFundsError
from ledger.chain.sender import RevertedError
from ledger.chain.sender import Sender
from ledger.chain.signers import LocalSigner
from ledger.errors import UnavailableError
from ledger.node import Node
from tests.anchor.homes import template_settings
from tests.chain.pool import HeldPool
from tests.chain.pool import fields

ROOT, OTHER_ROOT, MANIFEST = b"\x01" * 32, b"\x03" * 32, b"\x02" * 32
GWEI = 10**9


@pytest.fixture
def node(home: Path) -> Iterator[Node]:
    with Node(template_settings(home)) as opened:
        yield opened


@pytest.fixture
def pool(node: Node) -> HeldPool:
    return HeldPool(node.chain.w3.provider)


def sender(
    node: Node, w3: Web3 | None = None, *, outbox: Outbox | None = None, max_fee_gwei: int = 200
) -> Sender:
    return Sender(
        w3 or node.chain.w3,
        LocalSigner(dev_account(1)),
        journal=(outbox or node.outbox).transactions,
        chain_id=node.deployment.chain_id,
        max_fee_gwei=max_fee_gwei,
    )


def anchor(node: Node, root: bytes = ROOT, *, w3: Web3 | None = None) -> ContractFunction:
    contracts = LedgerContracts(w3 or node.chain.w3, node.deployment)
    return contracts.registry.functions.anchor(root, 3, MANIFEST)


def mined(node: Node) -> int:
    return node.chain.w3.eth.get_transaction_count(Web3.to_checksum_address(dev_account(1).address))


def test_a_transaction_is_brought_into_a_block(node: Node):
    paying = sender(node)

    receipt = paying.transact("anchor", anchor(node))

    assert receipt["status"] == 1
    assert paying.hash_of("anchor") is None  # nothing is on its way any more


def test_until_it_is_forgotten_a_purpose_is_one_transaction(node: Node):
    paying = sender(node)

    receipts = [paying.advance("anchor", anchor(node)) for _ in range(3)]

    assert len({each["transactionHash"] for each in receipts if each is not None}) == 1
    assert paying.hash_of("anchor") == bytes(receipts[0]["transactionHash"])  # type: ignore[index]
    assert mined(node) == 1


def test_the_fee_is_never_above_the_cap(node: Node, pool: HeldPool):
    sender(node, Web3(pool), max_fee_gwei=1).advance("anchor", anchor(node))

    (raw,) = pool.waiting.values()
    assert fields(raw)["maxFeePerGas"] == GWEI
    assert fields(raw)["maxPriorityFeePerGas"] <= GWEI


def test_a_little_more_gas_is_offered_than_was_estimated(node: Node, pool: HeldPool):
    paying = sender(node, Web3(pool))
    estimate = anchor(node).estimate_gas({"from": Web3.to_checksum_address(paying.address)})

    paying.advance("anchor", anchor(node))

    (raw,) = pool.waiting.values()
    assert estimate < fields(raw)["gas"] <= 1.2 * estimate


def test_what_the_contract_refuses_is_never_sent(node: Node):
    sender(node).transact("anchor", anchor(node))

    with pytest.raises(RevertedError, match="the contract refuses") as caught:
        sender(node).transact("anchor again", anchor(node))
    assert caught.value.hint
    assert mined(node) == 1


def test_an_empty_account_is_told_apart_from_other_refusals(node: Node):
    poor = LocalSigner(Account.create())
    journal = node.outbox.transactions
    paying = Sender(
        node.chain.w3, poor, journal=journal, chain_id=node.deployment.chain_id, max_fee_gwei=200
    )

    with pytest.raises(OutOfFundsError, match=f"{poor.address} cannot pay") as caught:
        paying.transact("anchor", anchor(node))
    assert "Send it some ether" in caught.value.hint
    assert paying.hash_of("anchor") is None


def test_transactions_that_wait_have_nonces_of_their_own(node: Node, pool: HeldPool):
    paying = sender(node, Web3(pool))

    for place in range(3):
        assert paying.advance(f"anchor {place}", anchor(node, bytes([place + 1]) * 32)) is None
    pool.release()

    assert all(paying.advance(f"anchor {place}", anchor(node)) for place in range(3))
    assert mined(node) == 3


def test_nonces_outlive_a_node_that_forgets_its_pool_and_a_process(node: Node, pool: HeldPool):
    w3 = Web3(pool)
    sender(node, w3).advance("first", anchor(node))
    pool.lose()

    sender(node, w3).advance("second", anchor(node, OTHER_ROOT))

    assert sorted(nonce for _, nonce in pool.waiting) == [0, 1]  # the first went out again
    pool.release()
    assert mined(node) == 2


def test_a_nonce_that_another_transaction_took_is_given_up(node: Node, pool: HeldPool):
    lost = sender(node, Web3(pool))
    lost.advance("anchor", anchor(node))
    before = lost.hash_of("anchor")
    pool.lose()
    other = Outbox(node.settings.home / "other.sqlite")
    sender(node, outbox=other).transact("other", anchor(node, OTHER_ROOT))
    other.close()

    receipt = sender(node).advance("anchor", anchor(node))

    assert receipt is not None
    assert bytes(receipt["transactionHash"]) != before
    assert mined(node) == 2


def test_two_homes_with_one_key_do_not_outbid_each_other(node: Node, pool: HeldPool):
    w3 = Web3(pool)
    other = Outbox(node.settings.home / "other.sqlite")
    sender(node, w3).advance("anchor", anchor(node))
    hidden = HeldPool(node.chain.w3.provider)  # a node that has not heard of it yet
    late = sender(node, Web3(hidden), outbox=other)
    late.advance("other", anchor(node, OTHER_ROOT))
    late = sender(node, w3, outbox=other)

    with pytest.raises(UnavailableError, match="underpriced"):
        late.advance("other", anchor(node, OTHER_ROOT))
    late.advance("other", anchor(node, OTHER_ROOT))
    other.close()

    assert sorted(nonce for _, nonce in pool.waiting) == [0, 1]
    pool.release()
    assert mined(node) == 2


def test_a_stuck_transaction_is_replaced_by_one_that_offers_more(node: Node, pool: HeldPool):
    paying = sender(node, Web3(pool))
    paying.advance("anchor", anchor(node))
    (first,) = pool.waiting.values()

    pool.blocks = PATIENCE_BLOCKS - 1
    paying.advance("anchor", anchor(node))
    assert list(pool.waiting.values()) == [first]
    pool.blocks = PATIENCE_BLOCKS
    paying.advance("anchor", anchor(node))

    (second,) = pool.waiting.values()
    assert fields(second)["nonce"] == fields(first)["nonce"]
    for name in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert fields(second)[name] > 1.1 * fields(first)[name]
    pool.release()
    assert paying.advance("anchor", anchor(node)) is not None
    assert mined(node) == 1


def test_whichever_attempt_is_mined_counts(node: Node, pool: HeldPool):
    paying = sender(node, Web3(pool))
    paying.advance("anchor", anchor(node))
    first = dict(pool.waiting)
    pool.blocks = PATIENCE_BLOCKS
    paying.advance("anchor", anchor(node))

    pool.waiting = first
    pool.release()

    assert paying.advance("anchor", anchor(node)) is not None
    assert mined(node) == 1


def test_above_the_cap_it_waits_and_says_so(node: Node, pool: HeldPool):
    paying = sender(node, Web3(pool), max_fee_gwei=5)
    pool.base_fee = 7 * GWEI

    with pytest.raises(FeeTooHighError, match=r"asks for 7 gwei .* at most 5") as caught:
        paying.advance("anchor", anchor(node))
    assert "PERFLEDGER_MAX_FEE_GWEI" in caught.value.hint
    assert not pool.waiting
    pool.base_fee = None
    paying.advance("anchor", anchor(node))
    assert pool.waiting


def test_a_stuck_transaction_at_the_cap_stays_out_there(node: Node, pool: HeldPool):
    paying = sender(node, Web3(pool), max_fee_gwei=3)
    pool.base_fee = 2 * GWEI
    paying.advance("anchor", anchor(node))
    pool.lose()
    pool.blocks = PATIENCE_BLOCKS

    with pytest.raises(FeeTooHighError):
        paying.advance("anchor", anchor(node))

    assert len(pool.waiting) == 1
    pool.release()
    assert paying.advance("anchor", anchor(node)) is not None


def test_a_transaction_that_is_not_mined_in_time_may_still_be(node: Node, pool: HeldPool):
    paying = sender(node, Web3(pool))

    with pytest.raises(UnavailableError, match="to anchor is not mined after 0 s") as caught:
        paying.transact("anchor", anchor(node), timeout_seconds=0.1)

    assert "goes on where this one stopped" in caught.value.hint
    pool.release()
    assert paying.transact("anchor", anchor(node))["status"] == 1
    assert mined(node) == 1


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("already known", Refusal.KNOWN),
        ("nonce too low: next nonce 5, tx nonce 4", Refusal.NONCE_USED),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", Refusal.NONCE_USED),
        ("replacement transaction underpriced", Refusal.UNDERPRICED),
        ("transaction underpriced: tip needed 1, tip permitted 0", Refusal.FEE_TOO_LOW),
        ("max fee per gas less than block base fee: address 0x1", Refusal.FEE_TOO_LOW),
        ("insufficient funds for gas * price + value: balance 0", Refusal.NO_FUNDS),
        ("Insufficient funds for gas * price + value", Refusal.NO_FUNDS),
        ("exceeds block gas limit", Refusal.OTHER),
    ],
)
def test_what_nodes_say_is_understood(message: str, kind: Refusal):
    assert refusal(Web3RPCError(message)) is kind


def test_a_key_is_not_shown():
    signer = LocalSigner(dev_account(1))

    assert repr(signer) == f"LocalSigner({signer.address})"


def test_a_gap_below_a_transaction_is_closed(node: Node, pool: HeldPool):
    """The lower nonce was another home's, whose transaction was dropped by every pool."""
    w3 = Web3(pool)
    other = Outbox(node.settings.home / "other.sqlite")
    sender(node, w3, outbox=other).advance("other", anchor(node, OTHER_ROOT))
    sender(node, w3).advance("anchor", anchor(node))
    other.close()
    assert sorted(nonce for _, nonce in pool.waiting) == [0, 1]
    pool.lose()

    sender(node, w3).advance("anchor", anchor(node))  # it may yet come back
    assert [nonce for _, nonce in pool.waiting] == [1]
    pool.lose()
    pool.blocks = PATIENCE_BLOCKS
    sender(node, w3).advance("anchor", anchor(node))

    assert [nonce for _, nonce in pool.waiting] == [0]
    pool.release()
    assert sender(node).advance("anchor", anchor(node)) is not None


def test_a_stuck_transaction_that_nobody_asks_about_does_not_block_the_others(
    node: Node, pool: HeldPool
):
    paying = sender(node, Web3(pool))
    paying.advance("attest something", anchor(node, OTHER_ROOT))
    (first,) = pool.waiting.values()
    pool.blocks = PATIENCE_BLOCKS

    paying.advance("anchor", anchor(node))

    (slot,) = [each for each in pool.waiting if each[1] == 0]
    replacement = fields(pool.waiting[slot])
    assert replacement["maxFeePerGas"] > 1.1 * fields(first)["maxFeePerGas"]
    assert replacement["data"] == fields(first)["data"]


def test_a_refused_replacement_leaves_the_transaction_that_is_in_the_pool(
    node: Node, pool: HeldPool
):
    paying = sender(node, Web3(pool))
    paying.advance("anchor", anchor(node))
    sent = paying.hash_of("anchor")
    pool.blocks, pool.refusal = PATIENCE_BLOCKS, "insufficient funds for gas * price + value"

    with pytest.raises(OutOfFundsError):
        paying.advance("anchor", anchor(node))

    assert paying.hash_of("anchor") == sent
    pool.refusal = None
    pool.release()
    assert paying.advance("anchor", anchor(node)) is not None
    assert mined(node) == 1


def test_a_count_that_cannot_be_is_not_believed(node: Node, pool: HeldPool):
    pool.claimed = 1_000_000

    sender(node, Web3(pool)).advance("anchor", anchor(node))

    assert [nonce for _, nonce in pool.waiting] == [0]


def test_a_transaction_is_signed_for_the_chain_of_the_ledger_only(node: Node, pool: HeldPool):
    pool.chain_id = 1

    sender(node, Web3(pool)).advance("anchor", anchor(node))

    (raw,) = pool.waiting.values()
    assert fields(raw)["chainId"] == node.deployment.chain_id
