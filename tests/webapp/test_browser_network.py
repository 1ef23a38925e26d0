"""The network page in a browser: from the keyboard, on a phone, and kept up to date by itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers import neighbours
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from tests.webapp.peered import LIAR
from tests.webapp.peered import Peered
from tests.webapp.peered import peered
from webapp import create_app

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DRAWN = "() => document.querySelectorAll('.plot:not([data-drawn])').length === 0"
TEXTS = """[...document.querySelectorAll("[data-figure], [data-table] tbody, [data-filled]")]
    .map(each => [each.hidden, each.innerText])"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peered]:
    with peered(tmp_path_factory.mktemp("peered")) as both:
        yield both


@pytest.fixture(scope="module")
def address(two: Peered) -> Iterator[str]:
    with Served(create_app(two.node)) as server:
        yield f"{server.url}/network"


@pytest.fixture
def network(browser: Any, address: str) -> Iterator[Any]:
    """The page, whose clock moves only as the test says; it must not have complained by the end."""
    with browser.new_context() as context:
        page = context.new_page()
        page.clock.install()
        console = Console(page)
        page.goto(address)
        page.wait_for_function(DRAWN)
        yield page
        assert console.complaints == []


def refreshed(page: Any) -> None:
    """Let the page ask once more, and wait until it has put the answer in its places."""
    page.evaluate("document.getElementById('updated').textContent = ''")
    page.clock.run_for(5_000)
    page.wait_for_function("() => document.getElementById('updated').textContent")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_fits_with_peers_on_it(
    browser: Any, address: str, theme: str, size: dict[str, int]
) -> None:
    with browser.new_context(viewport=size, color_scheme=theme) as context:
        page = context.new_page()
        console = Console(page)
        page.goto(address)
        page.wait_for_function(DRAWN)

        assert page.evaluate(TOO_WIDE) == 0
        assert console.complaints == []


def test_refreshing_writes_what_the_server_writes(network: Any) -> None:
    def without_ages() -> list[Any]:
        return [[hidden, text] for hidden, text in network.evaluate(TEXTS) if " ago" not in text]

    before = without_ages()
    assert before

    refreshed(network)

    assert without_ages() == before


def test_what_changes_on_the_node_comes_to_the_page_without_a_reload(
    network: Any, two: Peered
) -> None:
    network.evaluate("window.untouched = true")
    newcomer = "http://newcomer.example:4802"
    assert network.get_by_text(newcomer).count() == 0
    two.node.peering.book.peers.introduce([newcomer])

    refreshed(network)

    row = network.locator("[data-table=peers] tr", has_text=newcomer)
    assert row.locator(".badge").inner_text() == "new"
    assert row.get_by_role("link").get_attribute("href") == f"{newcomer}/peers/v1/status"
    two.node.peering.book.peers.distrust(newcomer, "it sent other bytes")
    refreshed(network)
    assert row.locator(".badge").get_attribute("data-status") == "distrusted"
    assert row.get_by_role("link").count() == 0
    assert network.evaluate("window.untouched")


def test_focus_stays_where_it_is_while_the_page_is_refreshed(network: Any) -> None:
    link = network.locator("[data-table=batches] .hash a").first
    link.focus()

    refreshed(network)

    assert link.evaluate("link => link === document.activeElement")


def test_the_chart_follows_and_so_does_its_table(network: Any, two: Peered) -> None:
    bars = "document.querySelectorAll('.barlayer .point').length"
    cells = network.locator(".chart-table td")
    assert (network.evaluate(bars), cells.all_text_contents()) == (2, ["1", "2", "2", "3"])
    holdings = two.node.peering.book.holdings
    held = sorted(holdings.held_by(two.url))
    holdings.read(two.url, (), held, cursor=1, most=100)

    refreshed(network)
    holdings.read(two.url, held, (), cursor=2, most=100)

    network.wait_for_function(f"() => {bars} === 1")
    assert cells.all_text_contents() == ["1", "5"]


def test_refreshing_can_be_paused_by_keyboard(network: Any) -> None:
    asked: list[str] = []
    network.on("request", lambda request: asked.append(request.url))
    network.get_by_role("button", name="Pause").focus()
    network.keyboard.press("Space")
    assert network.locator("#pause").get_attribute("aria-pressed") == "true"

    network.clock.run_for(60_000)
    assert asked == []

    network.keyboard.press("Space")
    refreshed(network)
    assert len(asked) >= 1


def test_a_node_that_does_not_answer_is_told_and_recovers(browser: Any, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.clock.install()
        page.goto(address)
        page.route("**/figures.json", lambda route: route.abort())
        with page.expect_event("requestfailed"):
            page.clock.run_for(5_000)
        page.wait_for_function("() => document.getElementById('refresh-problem').textContent")
        assert page.get_by_role("status").get_by_text("does not answer").is_visible()

        page.unroute("**/figures.json")
        refreshed(page)

        assert page.locator("#refresh-problem").inner_text() == ""


def test_what_is_at_risk_is_reached_by_keyboard_and_told_in_words(network: Any) -> None:
    network.get_by_role("link", name="At risk: on one node or none").focus()
    network.keyboard.press("Enter")
    network.wait_for_url("**at_risk=1**")

    badges = network.locator("[data-table=batches] .badge")
    assert badges.all_inner_texts() == ["1, at risk", "1, at risk"]
    mark = badges.first.evaluate("badge => getComputedStyle(badge, '::before').content")
    assert "⚠" in mark


def test_the_page_works_without_scripts(browser: Any, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)

        assert page.get_by_text(LIAR).is_visible()
        assert not page.get_by_role("button", name="Pause").is_visible()
        page.get_by_role("link", name="Copies").click()
        page.wait_for_url("**sort=copies**")


def test_an_empty_network_fills_while_one_looks_at_it(
    browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        neighbours.founder(tmp_path_factory.mktemp("lone") / "home", batches=1) as node,
        Served(create_app(node)) as server,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.clock.install()
        page.goto(f"{server.url}/network")
        assert page.get_by_text("This node knows no other").is_visible()
        node.peering.book.peers.introduce(["http://first.example"])

        refreshed(page)

        assert not page.get_by_text("This node knows no other").is_visible()
        assert page.get_by_role("link", name="http://first.example").is_visible()
