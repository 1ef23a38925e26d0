"""Every page at phone and desktop width, in both themes: it fits and complains about nothing."""

from typing import Any

import pytest

from ledger.node import Node
from tests.webapp.conftest import Console
from tests.webapp.test_pages import PLAIN
from tests.webapp.test_pages import paths_of_details

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BAR = "getComputedStyle(document.querySelector('.barlayer .point path')).fill"
UNDRAWN = "document.querySelectorAll('.plot:not([data-drawn])').length === 0"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_fits_and_complains_about_nothing(
    browser: Any, served: str, ledger_node: Node, theme: str, size: dict[str, int]
) -> None:
    with browser.new_context(viewport=size, color_scheme=theme) as context:
        page = context.new_page()
        console = Console(page)
        for path in (*PLAIN, *paths_of_details(ledger_node)):
            page.goto(served + path)
            page.wait_for_function(UNDRAWN)

            assert page.evaluate(TOO_WIDE) == 0, path
            assert console.complaints == [], path


def test_the_theme_follows_the_system_until_it_is_switched_and_is_remembered(
    page: Any, served: str
) -> None:
    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))

    page.goto(served + "/")
    light = ground()
    page.emulate_media(color_scheme="dark")
    dark = ground()
    assert light != dark

    page.get_by_role("button", name="Switch to light").click()
    assert ground() == light
    page.goto(served + "/batches")

    assert page.locator("html").get_attribute("data-theme") == "light"
    assert ground() == light


def test_charts_take_the_colours_of_the_theme(page: Any, served: str) -> None:
    page.goto(served + "/")
    page.wait_for_function(UNDRAWN)
    light = page.evaluate(BAR)
    page.get_by_role("button", name="Switch to dark").click()

    page.wait_for_function(f"before => {BAR} !== before", arg=light)


def test_pages_work_without_scripts(browser: Any, served: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(served + "/records?job=sort")

        page.get_by_text("As a table").click()
        assert page.locator(".chart-table tbody tr").first.is_visible()
        page.get_by_role("button", name="Switch between dark and light").click()
        page.wait_for_url("**/records?job=sort")

        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_filters_open_on_a_phone(browser: Any, served: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(served + "/records")
        assert not page.get_by_label("Runtime to").is_visible()

        page.get_by_text("Filters", exact=True).click()

        assert page.get_by_label("Runtime to").is_visible()


def test_a_page_in_the_dark_is_printed_dark_on_white_and_without_what_can_be_pressed(
    browser: Any, served: str
) -> None:
    with browser.new_context(base_url=served, color_scheme="dark") as context:
        page = context.new_page()
        page.goto("/jobs/sort")
        page.wait_for_selector(".plot[data-drawn]")
        ink = "getComputedStyle(document.querySelector('h1')).color"
        axis = "getComputedStyle(document.querySelector('.plot .xtick text')).fill"
        on_screen = (page.evaluate(ink), page.evaluate(axis))

        page.emulate_media(media="print", color_scheme="dark")

        page.wait_for_function(f"before => {axis} !== before", arg=on_screen[1])
        assert page.evaluate(ink) != on_screen[0]
        assert not page.locator("nav.tabs").is_visible()
        assert not page.locator("main .actions").first.is_visible()
        assert not page.locator(".tools").first.is_visible()
        assert page.locator("main table").first.is_visible()


def test_on_a_phone_the_tab_of_the_page_is_in_sight(browser: Any, served: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        for path in ("/", "/verify", "/account"):
            page.goto(served + path)
            box = page.locator('.tabs [aria-current="page"]').bounding_box()

            assert box["x"] >= 0, path
            assert box["x"] + box["width"] <= PHONE["width"], path
