"""Contributing with one's own wallet, in a browser, and every way it can go wrong and on."""

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ledger import settings
from ledger.follow import Follower
from ledger.node import Node
from tests.conftest import execution
from tests.webapp.anvils import ledger_on_anvil
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from tests.webapp.wallets import REFUSED
from tests.webapp.wallets import BrowserWallet
from webapp import create_app

pytestmark = pytest.mark.browser

ROWS = "job,framework,machine_type,nodes,input_size_gb,runtime_s\n"
SETTLED_MS = 120_000
OTHER_CHAIN = 11155111
SIGNATURE = "**/signature"

_runtimes = count(1000)


@pytest.fixture(scope="module")
def running(empty_node: Node) -> Iterator[str]:
    follower = Follower(empty_node, empty_node.settings)
    with Served(create_app(empty_node)) as server:
        follower.start()
        yield server.url
        follower.stop()


class Visitor:
    """Somebody with a wallet, before a preview of one row that nobody has contributed."""

    def __init__(self, context: Any, url: str, wallet: BrowserWallet, text: str = "") -> None:
        self.wallet = wallet
        self.page = context.new_page()
        self.console = Console(self.page)
        self.runtime = next(_runtimes)
        self.page.goto(url + "/contribute")
        rows = f"{ROWS}wordcount,spark,m4.2xlarge,4,10,{self.runtime}\n"
        self.page.get_by_label("Pasted text").fill(text or rows)
        self.page.get_by_role("button", name="Preview").click()
        self.page.wait_for_url("**/preview/**")

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name).click()

    def reads(self, text: str) -> None:
        """Wait until the card says this."""
        self.page.locator("#wallet").get_by_text(text).first.wait_for()

    def arrives(self) -> str:
        """Wait for the page of the contribution; returns its id."""
        self.page.wait_for_url(re.compile(r"/contribute/[0-9a-f]{32}$"))
        return self.page.url.rpartition("/")[2]


@pytest.fixture
def wallet(empty_node: Node) -> BrowserWallet:
    return BrowserWallet(empty_node.deployment.chain_id)


@pytest.fixture
def context(browser: Any, wallet: BrowserWallet) -> Iterator[Any]:
    with browser.new_context() as opened:
        wallet.install(opened)
        yield opened


@pytest.fixture
def visitor(context: Any, running: str, wallet: BrowserWallet) -> Visitor:
    return Visitor(context, running, wallet)


def test_a_wallet_signs_what_the_page_shows_and_the_chain_has_it_in_the_end(
    visitor: Visitor, empty_node: Node
):
    visitor.press("Test Wallet")
    visitor.reads("0x")
    shown = visitor.page.locator('[data-fact="root"]').inner_text()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download them").click()
    (listed,) = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    visitor.press("Sign 1 record")
    identifier = visitor.arrives()
    address = visitor.page.url
    visitor.page.goto("about:blank")
    visitor.page.goto(address)
    visitor.page.wait_for_selector("#follow[data-settled=true]", timeout=SETTLED_MS)

    contribution = empty_node.contribution(identifier)
    (asked,) = visitor.wallet.signed
    assert asked["message"] == {"root": shown, "count": 1}
    assert asked["domain"]["verifyingContract"] == empty_node.deployment.registry
    assert contribution.contributor == visitor.wallet.account.address
    assert contribution.cids == (listed["cid"],)
    assert listed["record"]["runtime_seconds"] == visitor.runtime
    assert empty_node.queries.record(listed["cid"]).row.status == "accepted"
    assert visitor.console.complaints == []


def test_a_wallet_from_before_eip_6963_is_found_too(
    browser: Any, running: str, wallet: BrowserWallet
):
    with browser.new_context() as context:
        wallet.install(context, announced=False)
        visitor = Visitor(context, running, wallet)
        visitor.press("the browser's wallet")
        visitor.press("Sign 1 record")
        visitor.arrives()


def test_without_a_wallet_the_page_says_what_to_do(browser: Any, running: str, wallet: Any):
    with browser.new_context() as context:
        visitor = Visitor(context, running, wallet)
        visitor.reads("No wallet has answered")


def test_on_another_network_the_wallet_is_asked_to_switch(
    visitor: Visitor, wallet: BrowserWallet, empty_node: Node
):
    wallet.chain_id = OTHER_CHAIN
    visitor.press("Test Wallet")
    visitor.reads("another network")
    assert "eth_signTypedData_v4" not in wallet.asked
    visitor.press("Switch to")
    visitor.press("Sign 1 record")
    visitor.arrives()

    assert wallet.chain_id == empty_node.deployment.chain_id


def test_a_network_that_the_wallet_does_not_know_is_added(visitor: Visitor, wallet: BrowserWallet):
    wallet.chain_id, wallet.networks = OTHER_CHAIN, {OTHER_CHAIN}
    visitor.press("Test Wallet")
    visitor.press("Switch to")
    visitor.press("Sign 1 record")
    visitor.arrives()

    assert "wallet_addEthereumChain" in wallet.asked


@pytest.mark.parametrize("method", ["eth_requestAccounts", "eth_signTypedData_v4"])
def test_a_refusal_leaves_everything_as_it_was(
    visitor: Visitor, wallet: BrowserWallet, method: str
):
    wallet.refusals[method] = [REFUSED]
    visitor.press("Test Wallet")
    if method == "eth_requestAccounts":
        visitor.reads("You refused in the wallet")
        visitor.press("Connect again")
    else:
        visitor.press("Sign 1 record")
        visitor.reads("You refused in the wallet")
    visitor.press("Sign 1 record")
    visitor.arrives()


def test_a_locked_wallet_can_be_unlocked(visitor: Visitor, wallet: BrowserWallet):
    wallet.locked = True
    visitor.press("Test Wallet")
    visitor.reads("Unlock it")
    wallet.locked = False
    visitor.press("Connect again")
    visitor.press("Sign 1 record")
    visitor.arrives()


def test_a_wallet_locked_meanwhile_is_noticed_and_unlocked(visitor: Visitor, wallet: BrowserWallet):
    visitor.press("Test Wallet")
    visitor.page.get_by_role("button", name="Sign 1 record").wait_for()
    wallet.locked = True
    wallet.tell(visitor.page, "accountsChanged", [])
    visitor.reads("locked or disconnected")
    wallet.locked = False
    visitor.press("Connect again")
    visitor.press("Sign 1 record")
    visitor.arrives()


@pytest.mark.parametrize("told", [True, False])
def test_an_account_changed_meanwhile_is_the_one_that_contributes(
    visitor: Visitor, wallet: BrowserWallet, empty_node: Node, told: bool
):
    visitor.press("Test Wallet")
    visitor.page.get_by_role("button", name="Sign 1 record").wait_for()
    wallet.account = BrowserWallet(1).account
    if told:
        wallet.tell(visitor.page, "accountsChanged", [wallet.account.address.lower()])
        visitor.reads(wallet.account.address.lower())
    visitor.press("Sign 1 record")

    contribution = empty_node.contribution(visitor.arrives())
    assert contribution.contributor == wallet.account.address


def test_a_network_changed_meanwhile_is_noticed_before_signing(
    visitor: Visitor, wallet: BrowserWallet
):
    visitor.press("Test Wallet")
    visitor.page.get_by_role("button", name="Sign 1 record").wait_for()
    wallet.chain_id = OTHER_CHAIN
    visitor.press("Sign 1 record")
    visitor.press("Switch to")
    visitor.press("Sign 1 record")
    visitor.arrives()


def test_a_question_that_is_open_already_is_said(visitor: Visitor, wallet: BrowserWallet):
    wallet.refusals["eth_requestAccounts"] = [{"code": -32002, "message": "pending"}]
    visitor.press("Test Wallet")
    visitor.reads("a question open already")


def test_what_a_wallet_says_is_shown_as_text(visitor: Visitor, wallet: BrowserWallet):
    wallet.refusals["eth_signTypedData_v4"] = [
        {"code": -1, "message": "<img src=x onerror=alert(1)>"}
    ]
    visitor.press("Test Wallet")
    visitor.press("Sign 1 record")
    visitor.reads("<img src=x onerror=alert(1)>")


def test_a_lost_connection_keeps_the_signature_to_be_sent_again(visitor: Visitor):
    visitor.page.route(SIGNATURE, lambda route: route.abort())
    visitor.press("Test Wallet")
    visitor.press("Sign 1 record")
    visitor.reads("connection is lost")
    visitor.page.unroute(SIGNATURE)
    visitor.press("Send it again")
    visitor.arrives()

    assert len(visitor.wallet.signed) == 1


def test_a_lost_answer_makes_no_second_contribution(visitor: Visitor, empty_node: Node):
    before = len(empty_node.latest_contributions(1000))

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    visitor.page.route(SIGNATURE, lose_the_answer)
    visitor.press("Test Wallet")
    visitor.press("Sign 1 record")
    visitor.reads("connection is lost")
    visitor.page.unroute(SIGNATURE)
    visitor.press("Send it again")
    visitor.arrives()

    assert len(empty_node.latest_contributions(1000)) == before + 1


def test_a_reload_between_signing_and_sending_loses_nothing(visitor: Visitor):
    visitor.page.route(SIGNATURE, lambda route: route.abort())
    visitor.press("Test Wallet")
    visitor.press("Sign 1 record")
    visitor.reads("connection is lost")
    visitor.page.unroute(SIGNATURE)
    visitor.page.reload()
    visitor.reads("A signature from before is here")
    visitor.press("Send it again")
    visitor.arrives()

    assert len(visitor.wallet.signed) == 1


def test_what_others_sign_meanwhile_is_left_out_of_what_is_signed_again(
    context: Any, running: str, wallet: BrowserWallet, empty_node: Node
):
    both = [
        execution("sort", "m4.2xlarge", 2, next(_runtimes), 0).model_dump_json() for _ in range(2)
    ]
    visitor = Visitor(context, running, wallet, "\n".join(both))
    visitor.press("Test Wallet")
    visitor.page.get_by_role("button", name="Sign 2 records").wait_for()
    app = create_app(empty_node).test_client()
    app.post("/api/v1/contributions", data=both[0], content_type="application/jsonl")

    visitor.press("Sign 2 records")
    visitor.reads("1 of the records are in an earlier submission")
    visitor.press("List what is to be signed")
    visitor.press("Sign 1 record")

    contribution = empty_node.contribution(visitor.arrives())
    assert (contribution.count, contribution.contributor) == (1, wallet.account.address)


def test_an_upload_that_has_gone_is_said_with_a_way_on(visitor: Visitor, empty_node: Node):
    visitor.press("Test Wallet")
    visitor.page.get_by_role("button", name="Sign 1 record").wait_for()
    token = visitor.page.url.rpartition("/")[2]
    gone = empty_node.settings.home / "uploads" / token
    gone.rename(gone.with_name(".gone"))
    visitor.press("Sign 1 record")
    visitor.reads("not here any more")
    visitor.reads("Upload it again")


def test_on_a_chain_without_development_accounts_the_wallet_is_the_way(
    browser: Any, tmp_path: Path
):
    with ledger_on_anvil(tmp_path) as (node, chain), Served(create_app(node)) as server:
        wallet = BrowserWallet(chain.chain_id)
        with browser.new_context() as context:
            wallet.install(context)
            visitor = Visitor(context, server.url, wallet)
            assert visitor.page.get_by_label("Sign as").count() == 0
            visitor.press("Test Wallet")
            visitor.press("Sign 1 record")
            identifier = visitor.arrives()
            while node.contribution(identifier).state != "final":
                node.cycle()

            assert node.contribution(identifier).contributor == wallet.account.address


def test_more_than_a_batch_holds_is_signed_in_parts(browser: Any, home: Path):
    with (
        Node(settings.load(home, app_port=0, chain_port=0, batch_records=2)) as node,
        Served(create_app(node)) as server,
    ):
        wallet = BrowserWallet(node.deployment.chain_id)
        with browser.new_context() as context:
            wallet.install(context)
            rows = "".join(f"sort,spark,a,4,10,{seconds}\n" for seconds in (1, 2, 3))
            visitor = Visitor(context, server.url, wallet, ROWS + rows)
            visitor.reads("you will be asked 2 times")
            visitor.press("Test Wallet")
            visitor.press("Sign 2 records")
            visitor.reads("Part 1 is contributed")
            visitor.press("Sign 1 record")
            visitor.arrives()

        assert sorted(each.count for each in node.on_their_way()) == [1, 2]
        assert {each.contributor for each in node.on_their_way()} == {wallet.account.address}
