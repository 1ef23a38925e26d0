"""Revoking with one's own wallet, in a browser, and every way it can go wrong and on."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ledger import settings
from ledger.node import Node
from tests.chain.nodes.servers import EthereumNode
from tests.revoking.contributed import funded
from tests.revoking.contributed import records_of
from tests.services import npm_modules
from tests.webapp.anvils import ledger_on_anvil
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from tests.webapp.test_browser_accessibility import RULES
from tests.webapp.test_browser_accessibility import RUN
from tests.webapp.test_browser_look import DESKTOP
from tests.webapp.test_browser_look import PHONE
from tests.webapp.test_browser_look import TOO_WIDE
from tests.webapp.wallets import REFUSED
from tests.webapp.wallets import BrowserWallet
from webapp import create_app

pytestmark = pytest.mark.browser

OTHER_CHAIN = 11155111
CALL = "**/revocation"
SETTLED = "#follow[data-settled=true]"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("revoking") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0)) as found:
        found.connect()
        found.sync.step()
        yield found


@pytest.fixture(scope="module")
def url(node: Node) -> Iterator[str]:
    with Served(create_app(node)) as server:
        yield server.url


@pytest.fixture(scope="module")
def owner(node: Node) -> Any:
    return funded(node.chain.w3)


@pytest.fixture
def wallet(node: Node, owner: Any) -> BrowserWallet:
    wallet = BrowserWallet(node.deployment.chain_id, w3=node.chain.w3)
    wallet.account = owner
    return wallet


class Contributor:
    """Somebody on the page that revokes a record of theirs."""

    def __init__(self, context: Any, url: str, cid: str) -> None:
        self.cid = cid
        self.address = f"{url}/records/{cid}/revoke"
        self.page = context.new_page()
        self.console = Console(self.page)
        self.page.goto(self.address)

    def signs_in(self) -> None:
        """As whoever comes to the page for the first time does."""
        self.page.get_by_role("link", name="Sign in with").click()
        self.press("Test Wallet")
        self.page.wait_for_url("**/revoke")

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name).click()

    def reads(self, text: str) -> None:
        """Wait until the page says this."""
        self.page.locator("main").get_by_text(text).first.wait_for()

    def arrives(self) -> str:
        """Wait for the page that follows; returns the transaction's hash."""
        self.page.wait_for_url(re.compile(r"/revocation\?transaction=0x[0-9a-f]{64}$"))
        return str(self.page.url.rpartition("=")[2])


@pytest.fixture(scope="module")
def session(browser: Any, url: str, node: Node, owner: Any) -> Any:
    """The cookies of who has signed in: sign-ins are limited, and one test is about them."""
    wallet = BrowserWallet(node.deployment.chain_id)
    wallet.account = owner
    with browser.new_context() as opened:
        wallet.install(opened)
        Contributor(opened, url, records_of(node, owner)[0]).signs_in()
        return opened.storage_state()


@pytest.fixture
def context(browser: Any, wallet: BrowserWallet, session: Any) -> Iterator[Any]:
    with browser.new_context(storage_state=session) as opened:
        wallet.install(opened)
        yield opened


@pytest.fixture
def contributor(context: Any, url: str, node: Node, owner: Any) -> Contributor:
    return Contributor(context, url, records_of(node, owner)[0])


def test_a_wallet_revokes_a_record_and_the_page_follows_to_the_end(
    contributor: Contributor, node: Node, wallet: BrowserWallet
):
    contributor.press("Test Wallet")
    contributor.reads("ETH")
    contributor.press("Revoke this record")
    transaction = contributor.arrives()
    address = contributor.page.url
    contributor.page.goto("about:blank")
    node.follow()
    contributor.page.goto(address)
    contributor.page.wait_for_selector(SETTLED)
    contributor.reads("Revoked for good")
    contributor.page.get_by_role("link", name="The record").click()
    contributor.page.locator(".lead .badge", has_text="revoked").wait_for()

    assert node.revocation(contributor.cid, transaction).transaction_hash == transaction
    assert wallet.asked.count("eth_sendTransaction") == 1
    assert contributor.console.complaints == []


def test_the_page_brings_itself_up_to_date(contributor: Contributor, node: Node):
    contributor.press("Test Wallet")
    contributor.press("Revoke this record")
    contributor.arrives()
    contributor.reads("As soon as this node has read the block")
    node.follow()
    contributor.page.wait_for_selector(SETTLED)


def test_a_refusal_sends_nothing_and_can_be_thought_over(
    contributor: Contributor, node: Node, wallet: BrowserWallet
):
    wallet.refusals["eth_sendTransaction"] = [REFUSED]
    contributor.press("Test Wallet")
    contributor.press("Revoke this record")
    contributor.reads("You refused in the wallet")
    node.follow()
    assert node.queries.row(contributor.cid).status == "anchored"
    contributor.press("Revoke this record")
    contributor.arrives()


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_on_another_network_the_wallet_is_asked_to_switch(
    contributor: Contributor, node: Node, wallet: BrowserWallet, is_known: bool
):
    wallet.chain_id = OTHER_CHAIN
    wallet.networks = {OTHER_CHAIN, *([node.deployment.chain_id] if is_known else [])}
    contributor.press("Test Wallet")
    contributor.reads("on another network")
    contributor.press("Switch to")
    contributor.press("Revoke this record")
    contributor.arrives()

    assert ("wallet_addEthereumChain" in wallet.asked) != is_known


def test_a_network_changed_meanwhile_is_noticed_before_anything_is_sent(
    contributor: Contributor, wallet: BrowserWallet
):
    contributor.press("Test Wallet")
    contributor.page.get_by_role("button", name="Revoke this record").wait_for()
    wallet.chain_id = OTHER_CHAIN
    contributor.press("Revoke this record")
    contributor.press("Switch to")
    contributor.press("Revoke this record")
    contributor.arrives()


def test_another_account_is_told_whose_it_takes(
    contributor: Contributor, wallet: BrowserWallet, owner: Any
):
    wallet.account = BrowserWallet(1).account
    contributor.press("Test Wallet")
    contributor.reads(f"Only {owner.address} can revoke this record")
    assert "eth_sendTransaction" not in wallet.asked
    wallet.account = owner
    contributor.press("Connect again")
    contributor.press("Revoke this record")
    contributor.arrives()


def test_a_wallet_whose_endpoint_is_lost_says_so_and_is_remembered(
    contributor: Contributor, wallet: BrowserWallet
):
    wallet.refusals["eth_sendTransaction"] = [{"code": -32603, "message": "Failed to fetch"}]
    contributor.press("Test Wallet")
    contributor.press("Revoke this record")
    contributor.reads("Look in the wallet whether the transaction was sent")
    contributor.page.reload()
    contributor.reads("Your wallet was asked before")
    contributor.press("Test Wallet")
    contributor.press("Revoke this record")
    contributor.arrives()


def test_an_app_that_does_not_answer_is_asked_again(contributor: Contributor):
    contributor.page.route(CALL, lambda route: route.abort())
    contributor.press("Test Wallet")
    contributor.reads("The app does not answer")
    contributor.page.unroute(CALL)
    contributor.press("Try again")
    contributor.press("Revoke this record")
    contributor.arrives()


def test_what_was_sent_from_this_browser_is_found_again(contributor: Contributor):
    contributor.press("Test Wallet")
    contributor.press("Revoke this record")
    transaction = contributor.arrives()
    contributor.page.goto(contributor.address)
    contributor.reads("A transaction that revokes this record was sent")
    contributor.press("Follow it")

    assert contributor.arrives() == transaction


def test_what_was_revoked_elsewhere_meanwhile_is_said(
    contributor: Contributor, node: Node, wallet: BrowserWallet
):
    call = node.revocation_call(contributor.cid)
    wallet.answer("eth_sendTransaction", [{"from": wallet.account.address, **_sent(call)}])
    node.follow()
    contributor.press("Test Wallet")
    contributor.reads("is revoked already")
    contributor.press("See where it stands")
    contributor.reads("Revoked for good")


def test_what_a_wallet_says_is_shown_as_text(contributor: Contributor, wallet: BrowserWallet):
    wallet.refusals["eth_sendTransaction"] = [
        {"code": -1, "message": "<img src=x onerror=alert(1)>"}
    ]
    contributor.press("Test Wallet")
    contributor.press("Revoke this record")
    contributor.reads("<img src=x onerror=alert(1)>")


@pytest.mark.parametrize(("theme", "size"), [("light", PHONE), ("dark", DESKTOP)])
@pytest.mark.node
def test_axe_finds_nothing_on_the_way(
    contributor: Contributor, node: Node, theme: str, size: dict[str, int]
):
    axe = (npm_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    page = contributor.page
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size(size)

    def looks_good() -> None:
        page.evaluate(axe)
        assert page.evaluate(RUN, RULES) == []
        assert page.evaluate(TOO_WIDE) == 0

    looks_good()
    contributor.press("Test Wallet")
    contributor.page.get_by_role("button", name="Revoke this record").wait_for()
    looks_good()
    contributor.press("Revoke this record")
    contributor.arrives()
    looks_good()
    node.follow()
    page.wait_for_selector(SETTLED)
    looks_good()
    page.goto(contributor.address.partition("/records")[0] + "/account")
    looks_good()


def test_it_is_followed_where_blocks_take_their_time(browser: Any, tmp_path: Any):
    with ledger_on_anvil(tmp_path, confirmations=1) as (node, chain):
        wallet = BrowserWallet(chain.chain_id, w3=chain.w3)
        wallet.account = chain.funded()
        (cid,) = records_of(node, wallet.account)
        with Served(create_app(node)) as server, browser.new_context() as context:
            wallet.install(context)
            contributor = Contributor(context, server.url, cid)
            contributor.signs_in()
            chain.ask("evm_setAutomine", False)
            contributor.press("Test Wallet")
            contributor.press("Revoke this record")
            contributor.arrives()
            contributor.reads("Waits for a block")
            _mine(node, chain)
            contributor.reads("0 of 1 block on top of it")
            _mine(node, chain)
            contributor.page.wait_for_selector(SETTLED)


def _mine(node: Node, chain: EthereumNode) -> None:
    chain.mine()
    node.follow()


def _sent(call: Any) -> dict[str, str]:
    return {"to": call.to, "data": call.data, "gas": hex(call.gas)}
