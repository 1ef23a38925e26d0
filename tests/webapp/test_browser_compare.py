"""Choosing what to compare, in a browser: by ticking, from page to page, and without scripts."""

import re
from typing import Any

import pytest

from ledger.index.filters import Filter
from ledger.node import Node

pytestmark = pytest.mark.browser

COMPARED = re.compile(r"/compare\?of=")


def test_choices_are_remembered_from_page_to_page(
    page: Any, served: str, ledger_node: Node
) -> None:
    cid = ledger_node.queries.records(Filter(job=("kmeans",)), limit=1).rows[0].cid
    page.goto(served + "/records?job=sort")
    page.locator("input.pick").first.check()
    page.goto(served + f"/records/{cid}")
    page.get_by_role("button", name="Choose to compare").click()

    page.get_by_role("link", name="Compare 2").click()
    page.wait_for_url(COMPARED)

    assert page.locator(".sides li").count() == 2
    assert page.locator('[aria-label="Results"] tbody tr').count() > 3


def test_what_was_chosen_can_be_taken_back_by_keyboard(page: Any, served: str) -> None:
    page.goto(served + "/records?job=sort")
    first = page.locator("input.pick").first
    first.focus()
    page.keyboard.press("Space")
    assert page.locator("#tray").is_visible()

    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Enter")

    assert page.locator("#tray").is_hidden()
    assert not first.is_checked()


def test_records_are_compared_without_scripts(browser: Any, served: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(served + "/records?job=sort")
        page.locator("input.pick").nth(0).check()
        page.locator("input.pick").nth(1).check()
        page.get_by_role("button", name="Compare the chosen").click()
        page.wait_for_url(COMPARED)

        assert page.locator(".sides li").count() == 2
