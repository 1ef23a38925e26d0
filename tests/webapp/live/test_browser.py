"""Pages in a browser, while the ledger goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import settings
from ledger.node import Node
from tests.conftest import executions
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from webapp import create_app
from webapp import live

pytestmark = pytest.mark.browser

MARK = "() => { window.notLoadedAgain = true; }"
IS_THE_SAME = "() => window.notLoadedAgain === true"
NINE = "() => document.querySelector('dl.figures dd').innerText.startsWith('9')"
EIGHT = "() => document.querySelector('main .lead').innerText.startsWith('8 records')"
ALL_DRAWN = """() => [...document.querySelectorAll('.plot')].every(
  (plot) => plot.dataset.drawn !== undefined && plot.querySelector('.main-svg'))"""
TWO_SIDES = (
    ["4\nof 2 configurations", "2\nof 1 configuration"],
    ["4\nof 2 configurations", "4\nof 2 configurations"],
)
SAID = "document.getElementById('announcer').textContent"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Node(settings.load(tmp_path / "home", app_port=0, chain_port=0)) as opened:
        opened.connect()
        anchor(opened, 0, 6)
        yield opened


@pytest.fixture
def server(node: Node) -> Iterator[str]:
    app = create_app(node)
    with Served(app) as served:
        yield served.url
        live.stop(app)


@pytest.fixture
def page(browser: Any, server: str) -> Iterator[Any]:
    with browser.new_context(base_url=server) as context:
        opened = context.new_page()
        console = Console(opened)
        yield opened
        assert console.complaints == []


def anchor(node: Node, first: int, number: int) -> None:
    node.submit(node.accept(executions()[first : first + number]).new)
    node.cycle()


def judge(node: Node) -> None:
    for validator in node.validators():
        validator.step()
    node.sync.step()


def open_listening(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_function("() => document.body.dataset.seen !== undefined")
    page.evaluate(MARK)


def records_shown(page: Any) -> str:
    return str(page.locator("dl.figures dd").first.inner_text())


def test_the_overview_counts_on_without_being_loaded_again(page: Any, node: Node):
    open_listening(page, "/")
    assert records_shown(page) == "6"
    page.locator("#site-search").focus()
    page.keyboard.type("sor")

    anchor(node, 6, 3)
    page.wait_for_function(NINE)
    page.wait_for_function(f"() => {SAID} === 'The page was updated.'")

    assert page.evaluate(IS_THE_SAME)
    page.keyboard.type("t")
    assert page.evaluate("document.activeElement.value") == "sort"


def test_a_list_does_not_move_and_offers_what_is_new(page: Any, node: Node):
    open_listening(page, "/records")
    before = page.locator("main").inner_text()

    anchor(node, 6, 2)
    page.wait_for_selector("#live-notice button")

    assert page.locator("main").inner_text() == before
    assert page.evaluate(IS_THE_SAME)
    button = page.locator("#live-notice button")
    assert button.inner_text() == "2 records new or changed: show"
    assert page.evaluate(SAID) == "2 records new or changed: show"
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(EIGHT)


def test_a_record_is_accepted_under_the_readers_eyes(page: Any, node: Node):
    cid = node.queries.records().rows[0].cid
    open_listening(page, f"/records/{cid}")
    assert page.locator("main .badge[data-status=anchored]").count() >= 1

    judge(node)

    page.wait_for_selector("main .badge[data-status=accepted]")
    assert page.evaluate(IS_THE_SAME)


def test_charts_of_a_job_go_on_and_new_ones_are_drawn(page: Any, node: Node):
    """The second machine type brings a comparison that was not there before."""
    open_listening(page, "/jobs/sort")
    page.wait_for_function(ALL_DRAWN)
    before = page.locator(".plot").count()
    assert records_shown(page).startswith("6")
    page.get_by_role("button", name="log y").first.click()

    anchor(node, 6, 10)
    page.wait_for_function(
        "() => document.querySelector('dl.figures dd').innerText.startsWith('16')"
    )
    page.wait_for_function(ALL_DRAWN)

    assert page.evaluate(IS_THE_SAME)
    assert page.locator(".plot").count() >= before
    assert page.locator(".chart .tools").count() == page.locator(".plot").count()
    assert page.get_by_role("button", name="log y").first.get_attribute("aria-pressed") == "true"
    assert "c4.2xlarge" in page.locator("#figure-scale-out").text_content()


def test_a_comparison_counts_on(page: Any, node: Node):
    open_listening(page, "/compare?of=job%3Dsort%26nodes%3D2&of=job%3Dsort%26nodes%3D4")
    page.wait_for_function(ALL_DRAWN)
    assert (
        page.locator("tr:has(th:text-is('Runs that count')) td").all_inner_texts() == TWO_SIDES[0]
    )

    anchor(node, 6, 2)
    page.wait_for_function(f"() => {SAID} === 'The page was updated.'")

    assert (
        page.locator("tr:has(th:text-is('Runs that count')) td").all_inner_texts() == TWO_SIDES[1]
    )
    page.wait_for_function(ALL_DRAWN)
    assert page.evaluate(IS_THE_SAME)


def test_what_has_the_focus_is_left_alone_and_the_rest_offered(page: Any, node: Node):
    open_listening(page, "/batches")
    link = page.locator("main tbody a").first
    link.focus()

    anchor(node, 6, 2)
    page.wait_for_selector("#live-notice button")

    assert page.locator("#live-notice button").inner_text() == "This page has changed: show"
    assert page.evaluate("document.activeElement.closest('tbody') !== null")


def test_a_server_that_restarts_is_found_again(browser: Any, node: Node):
    app = create_app(node)
    with browser.new_context() as context:
        page = context.new_page()
        with Served(app) as first:
            open_listening(page, first.url + "/")
            port = int(first.url.rsplit(":", 1)[1])
            live.stop(app)
        anchor(node, 6, 3)
        again = create_app(node)
        with Served(again, port=port):
            page.wait_for_function(NINE)
            assert page.evaluate(IS_THE_SAME)
            live.stop(again)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_notice_fits(browser: Any, server: str, node: Node, width: int, theme: str):
    with browser.new_context(
        base_url=server, color_scheme=theme, viewport={"width": width, "height": 800}
    ) as context:
        page = context.new_page()
        open_listening(page, "/records")
        anchor(node, 6, 2)
        page.wait_for_selector("#live-notice button")

        box = page.locator("#live-notice button").bounding_box()

        assert page.evaluate(TOO_WIDE) == 0
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
