"""Uploading, mapping and mending, in a browser."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.node import Node
from tests.webapp.conftest import UPLOAD_BYTES
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from webapp import create_app

pytestmark = pytest.mark.browser

REFUSED_BY_SERVER = "Failed to load resource"
"""What browsers say of each answer that is an error; the page says it in words."""

STRANGE = b"what,boxes,took,volume\nsort,4,2.5,10\ngrep,eight,1.5,20\n"
DROP = """
([selector, files]) => {
  const moved = new DataTransfer();
  for (const [name, text] of files) moved.items.add(new File([text], name));
  const target = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const how = { dataTransfer: moved, bubbles: true, cancelable: true };
    target.dispatchEvent(new DragEvent(kind, how));
  }
}
"""


@pytest.fixture
def visit(browser: Any, empty_node: Node) -> Iterator[Any]:
    with Served(create_app(empty_node)) as server, browser.new_context() as context:
        page = context.new_page()
        console = Console(page)
        page.goto(server.url + "/contribute")
        yield page
        own = [each for each in console.complaints if not each.startswith(REFUSED_BY_SERVER)]
        assert own == []


def csv(name: str, rows: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/csv", "buffer": rows}


def test_columns_are_chosen_with_a_live_preview_and_a_row_is_mended(visit: Any):
    visit.locator("#file").set_input_files(csv("runs.csv", STRANGE))
    visit.get_by_role("button", name="Preview").click()
    visit.wait_for_url("**/columns**")
    for column, target in (("what", "job.name"), ("boxes", "cluster.nodes")):
        visit.get_by_label(f"{column} is taken for").select_option(target)
    visit.get_by_label("took is taken for").select_option("runtime_seconds")
    visit.get_by_label("took is measured in").select_option("min")
    visit.locator("#tried").get_by_text("150").wait_for()
    visit.locator("#tried").get_by_text("not a number: 'eight'").wait_for()
    visit.get_by_role("button", name="Use these columns").click()

    visit.get_by_role("heading", name="1 record in runs.csv").wait_for()
    visit.get_by_text("Mend it").click()
    visit.get_by_label("boxes").fill("8")
    visit.get_by_role("button", name="Read line 3 again").click()
    visit.get_by_role("heading", name="2 records in runs.csv").wait_for()


def test_files_are_dropped_several_at_once(visit: Any):
    head = "job,framework,nodes,runtime_s\n"
    files = [["a.csv", head + "a,spark,2,1\n"], ["b.csv", head + "b,spark,2,1\n"]]

    visit.evaluate(DROP, ["#upload-form", files])
    visit.get_by_text("a.csv, b.csv").wait_for()
    visit.get_by_role("button", name="Preview").click()

    visit.get_by_role("heading", name="2 records in 2 files").wait_for()


def test_progress_is_shown_while_an_upload_is_sent(visit: Any):
    visit.route(
        "**/contribute",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    visit.locator("#file").set_input_files(csv("runs.csv", STRANGE))
    visit.get_by_role("button", name="Preview").click()

    visit.get_by_text("The connection was lost").wait_for()
    visit.unroute("**/contribute")
    visit.get_by_role("button", name="Preview").click()
    visit.wait_for_url("**/columns**")


def test_what_the_server_refuses_is_said_beside_the_form(visit: Any):
    visit.get_by_label("Pasted text").fill("no header here")
    visit.get_by_role("button", name="Preview").click()

    visit.get_by_role("alert").get_by_text("No column looks like").wait_for()
    assert visit.get_by_label("Pasted text").input_value() == "no header here"


def test_several_files_are_refused_together_when_they_are_too_large(visit: Any):
    half = b"x" * (UPLOAD_BYTES // 2 + 1000)
    visit.locator("#file").set_input_files([csv("a.csv", half), csv("b.csv", half)])
    visit.get_by_role("button", name="Preview").click()

    assert "at most 0.1 MB" in visit.get_by_role("alert").inner_text()
