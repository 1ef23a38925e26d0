"""The validators of a node: those work whom the contract takes as validators at that time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from ledger.chain import genesis
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import digest_of
from ledger.validate.panel import Panel
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings

NEWCOMER = dev_account(15)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Node(template_settings(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def panel(node: Node) -> Panel:
    return Panel([node.validator(LocalSigner(NEWCOMER))], node.history.active)


def anchor(node: Node, first: int) -> None:
    node.submit(node.accept(runs(1, first)).new)
    node.cycle()


def send(node: Node, account: Any, call: Any, value: int = 0) -> None:
    w3 = node.chain.w3
    transaction = call.build_transaction(
        {
            "from": account.address,
            "nonce": w3.eth.get_transaction_count(account.address),
            "chainId": w3.eth.chain_id,
            "value": value,
        }
    )
    signed = account.sign_transaction(transaction)
    sent = w3.eth.send_raw_transaction(signed.raw_transaction)
    assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 1


def join(node: Node) -> None:
    functions = node.contracts.validator_set.functions
    send(node, dev_account(genesis.GOVERNOR), functions.admit(NEWCOMER.address))
    send(node, NEWCOMER, functions.join(), functions.bond().call())
    node.sync.step()


def leave(node: Node) -> None:
    send(node, NEWCOMER, node.contracts.validator_set.functions.requestExit())
    node.sync.step()


def test_a_validator_that_joins_and_leaves_is_noticed(node: Node, panel: Panel):
    anchor(node, 0)
    with structlog.testing.capture_logs() as logs:
        before = list(panel.step())
        join(node)
        while_active = list(panel.step())
        leave(node)
        anchor(node, 1)
        after = list(panel.step())
        list(panel.step())

    assert (before, after) == ([], [])
    assert [(who.address, attested.accepted) for who, attested in while_active] == [
        (NEWCOMER.address, 1)
    ]
    assert [entry["event"] for entry in logs] == [
        "not an active validator",
        "became an active validator",
        "is no active validator any more",
    ]


def test_who_is_active_is_known_without_asking_the_chain(
    node: Node, panel: Panel, monkeypatch: pytest.MonkeyPatch
):
    node.connect()
    node.sync.step()
    asked: list[str] = []
    provider = node.chain.w3.provider
    answer = provider.make_request
    monkeypatch.setattr(
        provider,
        "make_request",
        lambda method, params: asked.append(method) or answer(method, params),
    )

    with structlog.testing.capture_logs():
        list(panel.step())

    assert asked == []


def test_a_problem_is_told_once_and_again_when_it_is_another(node: Node, panel: Panel):
    anchor(node, 0)
    join(node)
    hidden = digest_of(codec.encode(runs(1)[0]))
    block = node.blocks.get(hidden)
    node.blocks._database.execute("DELETE FROM blocks WHERE digest = ?", hidden)

    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert list(panel.step()) == []
    node.blocks.put_many([(hidden, block)])
    judged = list(panel.step())

    assert [entry["event"] for entry in logs] == ["a batch could not be judged"]
    assert "is not in the store" in logs[0]["problem"]
    assert len(judged) == 1
