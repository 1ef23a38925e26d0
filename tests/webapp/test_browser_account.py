"""Signing in with a wallet, in a browser."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.node import Node
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from tests.webapp.wallets import REFUSED
from tests.webapp.wallets import BrowserWallet
from webapp import create_app

pytestmark = pytest.mark.browser


@pytest.fixture
def wallet(empty_node: Node) -> BrowserWallet:
    return BrowserWallet(empty_node.deployment.chain_id)


@pytest.fixture
def visit(browser: Any, empty_node: Node, wallet: BrowserWallet) -> Iterator[Any]:
    with Served(create_app(empty_node)) as server, browser.new_context() as context:
        wallet.install(context)
        page = context.new_page()
        console = Console(page)
        page.goto(server.url + "/account")
        yield page
        assert console.complaints == []


def test_a_wallet_signs_in_and_a_token_is_made_and_revoked(visit: Any, wallet: BrowserWallet):
    visit.get_by_role("button", name="Test Wallet").click()
    visit.get_by_role("heading", name="Your account").wait_for()
    visit.get_by_label("Name").fill("nightly runs")
    visit.get_by_role("button", name="Make a token").click()
    secret = visit.locator("#token-secret").inner_text()
    visit.get_by_role("button", name="Revoke nightly runs").click()
    visit.get_by_text("None yet.").wait_for()
    visit.get_by_role("button", name="Sign out").click()
    visit.get_by_role("heading", name="Sign in with your wallet").wait_for()

    assert secret.startswith("perfledger_")
    assert "personal_sign" in wallet.asked


@pytest.mark.parametrize("method", ["eth_requestAccounts", "personal_sign"])
def test_a_refusal_can_be_thought_over(visit: Any, wallet: BrowserWallet, method: str):
    wallet.refusals[method] = [REFUSED]
    visit.get_by_role("button", name="Test Wallet").click()
    visit.get_by_text("You refused in the wallet").wait_for()
    visit.get_by_role("button", name="Test Wallet").click()

    visit.get_by_role("heading", name="Your account").wait_for()


def test_any_network_will_do_to_sign_in(visit: Any, wallet: BrowserWallet):
    wallet.chain_id = 1
    visit.get_by_role("button", name="Test Wallet").click()

    visit.get_by_role("heading", name="Your account").wait_for()
