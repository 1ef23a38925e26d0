"""Browsing in a real browser: the address keeps up with what is seen."""

from typing import Any
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import pytest

from ledger.index.filters import Filter
from ledger.node import Node

pytestmark = pytest.mark.browser


def query(page: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_filters_sorting_and_paging_are_kept_in_the_address(page: Any, served: str) -> None:
    page.goto(served + "/records?limit=25")
    page.locator(".choice", has_text="m4.2xlarge").click()
    page.wait_for_url("**machine_type**")
    page.locator(".choice", has_text="sort").click()
    page.wait_for_url("**job=sort**")
    page.get_by_role("columnheader", name="Runtime").get_by_role("link").click()
    page.wait_for_url("**sort=runtime_seconds**")

    shown = page.locator("table.records tbody tr td[data-label=Runtime]").all_inner_texts()
    assert query(page) == {
        "job": ["sort"],
        "machine_type": ["m4.2xlarge"],
        "sort": ["runtime_seconds"],
        "order": ["asc"],
        "limit": ["25"],
    }
    assert [float(text.split()[0]) for text in shown] == sorted(
        float(text.split()[0]) for text in shown
    )
    page.locator(".chip", has_text="sort").click()
    page.wait_for_url(lambda url: "job=" not in url)
    assert query(page)["sort"] == ["runtime_seconds"]


def test_the_next_page_and_back_show_the_same_rows_again(page: Any, served: str) -> None:
    page.goto(served + "/records?limit=5")
    first = page.locator(".row-link").evaluate_all("links => links.map(link => link.href)")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**after=**")
    page.get_by_role("link", name="Previous").click()
    page.wait_for_url("**before=**")

    again = page.locator(".row-link").evaluate_all("links => links.map(link => link.href)")
    assert again == first


def test_ranges_are_typed_with_their_units(page: Any, served: str) -> None:
    page.goto(served + "/records")
    page.get_by_label("Runtime to").fill("2 min")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**runtime_max**")

    assert page.locator(".chip", has_text="2 min").count() == 1


def test_the_chart_is_drawn_and_has_a_table(page: Any, served: str) -> None:
    page.goto(served + "/records?job=sort")
    page.wait_for_selector(".plot[data-drawn] .scatterlayer .point")

    page.get_by_text("As a table").click()

    assert page.locator(".chart-table tbody tr").first.is_visible()


def test_a_row_leads_to_the_record_and_its_hash_can_be_copied(
    page: Any, served: str, ledger_node: Node
) -> None:
    row = ledger_node.queries.records(Filter(status=("rejected",)), limit=1).rows[0]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(served + "/records?status=rejected")
    page.locator(".row-link").first.click()
    page.wait_for_url(f"**/records/{row.cid}")

    page.get_by_role("button", name="Copy CID").first.click()
    page.wait_for_selector(".copy[data-copied]")

    assert page.evaluate("navigator.clipboard.readText()") == row.cid
    assert page.get_by_text("More CPU time than the cores could give").first.is_visible()


def test_the_whole_way_to_a_record_can_be_gone_by_keyboard(page: Any, served: str) -> None:
    page.goto(served + "/records?limit=5")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "row-link":
            break
    page.keyboard.press("Enter")

    page.wait_for_url("**/records/bafyrei*")
