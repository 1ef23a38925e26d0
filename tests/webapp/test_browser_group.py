"""Contributing for a group in a browser: by keyboard, on a phone, without scripts, by a wallet."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from ledger import settings
from ledger.node import Node
from tests.groups.canary import said_by
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from tests.webapp.test_browser_accessibility import RULES
from tests.webapp.test_browser_accessibility import RUN
from tests.webapp.test_browser_accessibility import axe
from tests.webapp.test_browser_accessibility import looks
from tests.webapp.test_browser_look import TOO_WIDE
from tests.webapp.wallets import BrowserWallet
from webapp import create_app

__all__ = ["axe", "looks"]

pytestmark = [pytest.mark.browser, pytest.mark.node]

GROUP = "team"
CANARY = "canary-e07a"
LABEL = "Who may read the records"
PHONE = {"width": 360, "height": 740}

_runtimes = count(100)


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("group") / "home"
    plenty = {"api_writes_per_minute": 10**6}
    with Node(settings.load(home, app_port=0, chain_port=0, **plenty)) as found:
        found.connect()
        found.groups.create(GROUP, found.recipient())
        yield found


@pytest.fixture(scope="module")
def url(member: Node) -> Iterator[str]:
    with Served(create_app(member)) as server:
        yield server.url


def rows() -> str:
    head = "job,framework,nodes,runtime_s\n"
    return head + f"{CANARY},spark,2,{next(_runtimes)}\n{CANARY},spark,two,5\n"


def upload(page: Any, url: str) -> None:
    page.goto(f"{url}/contribute")
    page.get_by_label("Pasted text").fill(rows())
    page.get_by_label(LABEL).select_option(GROUP)
    page.get_by_role("button", name="Preview").click()
    page.wait_for_url("**/preview/**")


def assert_kept(page: Any, node: Node, before: int) -> None:
    page.get_by_role("heading", name="1 record for the group team").wait_for()
    with node.group_answers(GROUP) as answers:
        assert answers.count() == before + 1
    assert node.queries.count() == 0
    assert said_by(node, [CANARY]) == []


def known(node: Node) -> int:
    with node.group_answers(GROUP) as answers:
        return answers.count()


def test_keys_alone_choose_the_group_and_contribute(browser: Any, url: str, member: Node):
    before = known(member)
    with browser.new_context() as context:
        page = context.new_page()
        console = Console(page)
        page.goto(f"{url}/contribute")
        page.get_by_label("Pasted text").focus()
        page.keyboard.insert_text(rows())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "group"
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/preview/**")
        page.get_by_role("button", name="Sign, encrypt and contribute 1 record").press("Enter")

        assert_kept(page, member, before)
        assert console.complaints == []


def test_a_phone_without_scripts_contributes_for_the_group(browser: Any, url: str, member: Node):
    before = known(member)
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        upload(page, url)
        assert page.get_by_text("Only for the group team").is_visible()
        page.get_by_role("button", name="Sign, encrypt and contribute 1 record").click()

        assert_kept(page, member, before)


def test_a_wallet_is_shown_the_group_it_signs_for(browser: Any, url: str, member: Node):
    before = known(member)
    wallet = BrowserWallet(member.deployment.chain_id)
    with browser.new_context() as context:
        wallet.install(context)
        page = context.new_page()
        console = Console(page)
        upload(page, url)
        page.get_by_role("button", name="Test Wallet").click()
        page.get_by_role("button", name="Sign 1 record").click()

        assert_kept(page, member, before)
        assert console.complaints == []
    member.cycle()
    (asked,) = wallet.signed
    assert asked["primaryType"] == "Sealed"
    assert asked["message"]["group"] == member.groups.get(GROUP).id
    with member.group_answers(GROUP) as answers:
        signers = {row.contributor for row in answers.records().rows}
    assert wallet.account.address in signers


def test_each_step_fits_and_axe_finds_nothing(
    browser: Any, url: str, axe: str, looks: tuple[str, int]
):
    theme, width = looks
    found: dict[str, list[str]] = {}

    def look(page: Any) -> None:
        assert page.evaluate(TOO_WIDE) == 0, page.url
        page.evaluate(axe)
        if violations := page.evaluate(RUN, RULES):
            found[page.url] = violations

    size = {"width": width, "height": 900}
    with browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{url}/contribute?group={GROUP}")
        look(page)
        upload(page, url)
        look(page)
        page.get_by_role("button", name="Sign, encrypt and contribute 1 record").click()
        page.get_by_role("heading", name="for the group team").wait_for()
        look(page)
        page.locator(".facts a").first.click()
        page.wait_for_selector("#follow")
        look(page)

    assert found == {}
