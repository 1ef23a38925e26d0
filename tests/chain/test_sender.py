"""Transactions of one key: priced, signed, sent, and what is said when they fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from web3 import Web3
from web3.contract.contract import ContractFunction

from ledger.chain.devchain import dev_account
from ledger.chain.sender import NonceUsedError
from ledger.chain.sender import OutOfFundsError
from ledger.chain.sender import RevertedError
from ledger.chain.sender import Sender
from ledger.chain.signers import LocalSigner
from ledger.errors import UnavailableError
from ledger.node import Node
from tests.anchor.homes import template_settings

ROOT, MANIFEST = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def node(home: Path) -> Iterator[Node]:
    with Node(template_settings(home)) as opened:
        yield opened


def sender(node: Node, account: int = 1, *, max_fee_gwei: int = 200) -> Sender:
    signer = LocalSigner(dev_account(account))
    return Sender(node.chain.w3, signer, max_fee_gwei=max_fee_gwei)


def anchor(node: Node, root: bytes = ROOT) -> ContractFunction:
    return node.contracts.registry.functions.anchor(root, 3, MANIFEST)


def fields(raw: bytes) -> dict[str, Any]:
    return dict(TypedTransaction.from_bytes(HexBytes(raw)).as_dict())


def test_a_transaction_is_mined_and_its_hash_is_known_before(node: Node):
    known: list[bytes] = []

    receipt = sender(node).transact(
        anchor(node), before_send=lambda signed: known.append(signed.hash)
    )

    assert known == [bytes(receipt["transactionHash"])]
    assert receipt["status"] == 1


def test_the_fee_is_never_above_the_cap(node: Node):
    capped = fields(sender(node, max_fee_gwei=1).sign(anchor(node)).raw)

    assert capped["maxFeePerGas"] <= Web3.to_wei(1, "gwei")
    assert capped["maxPriorityFeePerGas"] <= capped["maxFeePerGas"]


def test_a_little_more_gas_is_offered_than_was_estimated(node: Node):
    call = anchor(node)
    estimate = call.estimate_gas({"from": sender(node).address})

    offered = fields(sender(node).sign(call).raw)["gas"]

    assert estimate < offered <= 1.2 * estimate


def test_what_the_contract_refuses_is_never_sent(node: Node):
    paying = sender(node)
    paying.transact(anchor(node))

    with pytest.raises(RevertedError, match="the contract refuses"):
        paying.transact(anchor(node))
    assert node.chain.w3.eth.get_transaction_count(paying.address) == 1


def test_an_empty_account_is_told_apart_from_other_refusals(node: Node):
    poor = Account.create()
    paying = Sender(node.chain.w3, LocalSigner(poor), max_fee_gwei=200)

    with pytest.raises(OutOfFundsError, match=f"{poor.address} cannot pay") as caught:
        paying.transact(anchor(node))
    assert "Send it some ether" in caught.value.hint


def test_a_nonce_is_used_once(node: Node):
    paying = sender(node)
    first, second = paying.sign(anchor(node)), paying.sign(anchor(node, b"\x03" * 32))
    paying.send(first)

    with pytest.raises(NonceUsedError):
        paying.send(second)
    assert paying.receipt(first.hash) is not None
    assert paying.receipt(second.hash) is None


def test_a_transaction_that_is_not_mined_in_time_may_still_be(
    node: Node, monkeypatch: pytest.MonkeyPatch
):
    paying = sender(node)
    monkeypatch.setattr(paying, "send", lambda _: None)  # as a node that keeps it for later

    with pytest.raises(UnavailableError, match="is not mined after 0 s") as caught:
        paying.transact(anchor(node), timeout_seconds=0.1)
    assert "It may still be" in caught.value.hint


def test_a_key_is_not_shown():
    signer = LocalSigner(dev_account(1))

    assert repr(signer) == f"LocalSigner({signer.address})"
